#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/types.h>

#include "apps/bench/options.hpp"
#include "apps/bench/report.hpp"

namespace bennu::bench {

/// Counts values in buckets that grow with the value: every percentile is right within 3 %. To add a value takes a few
/// instructions and no memory, so that the measured code may do it.
class histogram {
public:
  void add(uint64_t value) noexcept {
    ++counts_[bucket_of(value)];
    ++total_;
  }

  void add(const histogram& other) noexcept {
    for (size_t i = 0; i < counts_.size(); ++i)
      counts_[i] += other.counts_[i];
    total_ += other.total_;
  }

  uint64_t total() const noexcept { return total_; }

  /// The value below which the share (0 to 1) of all values lies; 0 when there is no value.
  uint64_t percentile(double share) const noexcept {
    auto left = static_cast<uint64_t>(share * static_cast<double>(total_));
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] > left)
        return upper_end(i);
      left -= counts_[i];
    }
    return 0;
  }

private:
  // Each power of two has 32 buckets: the five bits below the leading one select the bucket.
  static constexpr unsigned sub_bits = 5;

  static size_t bucket_of(uint64_t x) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(x));
    if (width <= sub_bits)
      return x;
    const auto shift = width - sub_bits - 1;
    return ((shift + 1) << sub_bits) + ((x >> shift) & ((1U << sub_bits) - 1));
  }

  static uint64_t upper_end(size_t bucket) noexcept {
    if (bucket < 1U << sub_bits)
      return bucket;
    const auto shift = (bucket >> sub_bits) - 1;
    const uint64_t top = (1U << sub_bits) | (bucket & ((1U << sub_bits) - 1));
    return ((top + 1) << shift) - 1;
  }

  std::array<uint64_t, size_t{60} << sub_bits> counts_{};
  uint64_t total_ = 0;
};

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

  /// Shares of one core; 1.0 means that one core was busy all the time. A client near 1.0 was the bottleneck: then
  /// rates and latencies describe the client, and only the CPU per unit still describes the server.
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
