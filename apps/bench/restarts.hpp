#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/bench/report.hpp"

namespace bennu::bench {

/// What the benchmark of the supervisors does. It needs no server.
struct restart_options {
  /// How many crashes, one after another. Each is an exception, the end of the actor, a restart, and the report of the
  /// new actor that it is ready.
  size_t restarts = 100'000;

  /// How many children of a dynamic supervisor are started and stopped.
  size_t children = 10'000;

  /// The command that does the same with the supervisors of Erlang/OTP. It receives the two numbers above as arguments.
  std::string erlang;
};

/// Measures Bennu and Erlang in turn, `rounds` times. REQUIRES: Erlang is installed (Debian: erlang-base).
/// @throws std::runtime_error when the Erlang command fails.
std::vector<comparison> compare_restarts(const restart_options& how, size_t rounds);

} // namespace bennu::bench
