#pragma once

#include <string>
#include <vector>

namespace bennu::bench {

/// One measured number.
struct figure {
  std::string name; ///< what was measured, with its parameters: `fanout 1000, window 4: server CPU
                    ///< per delivery`
  double value = 0;
  std::string unit; ///< `us`, `KiB`, `1/s`
};

/// What a run yields, in the order of measuring. A benchmark that finds the server at fault (a
/// message lost, doubled or out of order) throws `std::runtime_error` and yields nothing.
using figures = std::vector<figure>;

} // namespace bennu::bench
