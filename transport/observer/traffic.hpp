#pragma once

#include <cstdint>

namespace bennu::engine {

/// What clients and server have exchanged.
struct traffic_sum {
  uint64_t in = 0, out = 0, bytes_in = 0, bytes_out = 0;

  traffic_sum& operator+=(const traffic_sum& x) noexcept {
    in += x.in;
    out += x.out;
    bytes_in += x.bytes_in;
    bytes_out += x.bytes_out;
    return *this;
  }
};

} // namespace bennu::engine
