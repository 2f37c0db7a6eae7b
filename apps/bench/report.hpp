#pragma once

#include <string>
#include <vector>

#include "apps/bench/figure.hpp"

namespace bennu::bench {

/// One figure of two servers, measured in turn: the values of all rounds.
struct comparison {
  figure what; ///< its value is not used
  std::vector<double> server;
  std::vector<double> baseline;
};

/// Prints where a figure comes from: machine, command line, commit, time. Without these a figure is
/// hearsay.
void print_origin(const std::string& command_line, const std::string& commit);

void print(const figures& measured);

/// Prints the medians, their ratio, and the range of the rounds.
void print(const std::vector<comparison>& compared);

} // namespace bennu::bench
