#pragma once

#include <chrono>
#include <cstdint>

#include "apps/bench/options.hpp"

namespace bennu::bench {

/// Measures a stretch of time: the wall, the server's CPU and our own. Starts when it is made.
class meter {
public:
  explicit meter(const target& server);

  void stop();

  double seconds() const noexcept { return seconds_; }

  /// Microseconds of CPU that the server used; 0 when its pid is not known.
  double server_cpu_us() const noexcept { return server_us_; }

  /// Shares of one core, 1.0 = one core busy all the time. A client near 1.0 was the bottleneck:
  /// then rates and latencies tell about the client; CPU per unit stays the server's own.
  double server_load() const noexcept { return server_us_ / 1e6 / seconds_; }
  double client_load() const noexcept { return client_us_ / 1e6 / seconds_; }

private:
  target server_;
  std::chrono::steady_clock::time_point begin_;
  uint64_t server_begin_ = 0;
  uint64_t client_begin_ = 0;
  double seconds_ = 0;
  double server_us_ = 0;
  double client_us_ = 0;
};

} // namespace bennu::bench
