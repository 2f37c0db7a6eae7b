#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/bench/report.hpp"

namespace bennu::bench {

/// What is measured of the supervisors alone, without any server.
struct restart_options {
  /// Crashes, one after another: exception, end, restart, ready again.
  std::size_t restarts = 100'000;

  /// Children of a dynamic supervisor that are started and stopped.
  std::size_t children = 10'000;

  /// The same for Erlang's supervisors is run by this command; it is given the two numbers above.
  std::string erlang;
};

/// Runs both in turn, so many times. REQUIRES: Erlang is installed (Debian: erlang-base).
std::vector<comparison> compare_restarts(const restart_options& how, std::size_t rounds);

} // namespace bennu::bench
