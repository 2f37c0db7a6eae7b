#pragma once

#include <string>
#include <vector>

#include "apps/bench/figure.hpp"
#include "apps/bench/options.hpp"
#include "apps/bench/report.hpp"

namespace bennu::bench {

/// One line of the table of benchmarks.
struct benchmark {
  const char* name;
  const char* what;
  figures (*run)(const target&, const options&);
  bool baseline_can; ///< the baseline server knows what this one needs
};

/// Runs each benchmark against the server and the baseline in turn, `rounds` times, each time with
/// servers started anew: A B A B, so that whatever else the machine does hits both alike.
std::vector<comparison> compare(const std::vector<benchmark>& benchmarks, const std::string& server_command,
                                const std::string& baseline_command, size_t rounds, const options& how);

} // namespace bennu::bench
