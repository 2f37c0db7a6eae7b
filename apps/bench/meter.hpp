#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <sys/types.h>

#include "apps/bench/histogram.hpp"
#include "apps/bench/options.hpp"
#include "apps/bench/report.hpp"

namespace bennu::bench {

/// Measures a period: the time that passes, and the CPU time of the server and of this process. The period starts with
/// the construction.
class meter {
public:
  explicit meter(const target& server);

  /// Ends the period. REQUIRES: called once, before any of the values below is read.
  void stop();

  double seconds() const noexcept { return seconds_; }

  /// Microseconds of CPU that the server used; 0 when its pid is not known.
  double server_cpu_us() const noexcept { return server_us_; }

  /// Shares of one core; 1.0 means that one core was busy all the time. A client near 1.0 was the bottleneck: then rates
  /// and latencies describe the client, and only the CPU per unit still describes the server.
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

/// The percentile of a histogram of nanoseconds, in microseconds.
double microseconds(const histogram& nanoseconds, double share);

/// Appends the figures that all timed benchmarks share: CPU per unit of work, rate, latency, and loads.
void append_timed(figures& to, const std::string& name, const std::string& unit_of_work, const meter& measured,
                  double units, const histogram& latency_ns);

/// Resident memory of a process in bytes (`VmRSS`).
/// @throws std::runtime_error when there is no such process.
size_t resident_bytes(pid_t pid);

/// Waits until resident memory changes by at most 0.1 % within half a second, but ten seconds at most: allocators and
/// the kernel return memory late.
/// @returns the memory then, in bytes.
size_t settled_resident_bytes(pid_t pid);

} // namespace bennu::bench
