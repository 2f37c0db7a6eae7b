#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace bennu::engine {

/// Percentiles of some times.
struct latency_summary {
  int64_t p50_us = 0, p99_us = 0;
  uint64_t samples = 0;
};

/// Counts times of the last ten seconds in buckets that are a quarter wide, from a microsecond to a minute: so a
/// percentile is at most a quarter too high. Thread safety: any thread; when a second begins, a few times may be lost.
class latency_window {
public:
  /// @param second of a clock that never goes back
  void add(int64_t us, int64_t second) noexcept {
    auto& x = seconds_[static_cast<size_t>(second) % seconds_.size()];
    if (x.second.load(std::memory_order_relaxed) != second && x.second.exchange(second) != second)
      for (auto& count : x.counts)
        count.store(0, std::memory_order_relaxed);
    x.counts[bucket_of(us)].fetch_add(1, std::memory_order_relaxed);
  }

  latency_summary summary(int64_t second) const noexcept {
    std::array<uint64_t, bucket_count> sums{};
    latency_summary result;
    for (const auto& x : seconds_)
      if (const auto at = x.second.load(std::memory_order_relaxed); at <= second && at + window > second)
        for (size_t i = 0; i < bucket_count; ++i)
          sums[i] += x.counts[i].load(std::memory_order_relaxed);
    for (const auto n : sums)
      result.samples += n;
    result.p50_us = percentile(sums, result.samples, 50);
    result.p99_us = percentile(sums, result.samples, 99);
    return result;
  }

  static constexpr int64_t window = 10; // seconds

private:
  static constexpr size_t bucket_count = 104; // 4 for each doubling, up to 2^26 µs

  // 0, 1, 2, 3, then four buckets for each power of two.
  static constexpr size_t bucket_of(int64_t us) noexcept {
    if (us < 4)
      return us < 0 ? 0 : static_cast<size_t>(us);
    size_t power = 2;
    while (power < 26 && us >> (power + 1) != 0)
      ++power;
    const auto quarter = static_cast<size_t>((us >> (power - 2)) & 3);
    const auto result = (power - 1) * 4 + quarter;
    return result < bucket_count ? result : bucket_count - 1;
  }

  // The smallest time that the bucket does not contain.
  static constexpr int64_t end_of(size_t bucket) noexcept {
    if (bucket < 4)
      return static_cast<int64_t>(bucket) + 1;
    const auto power = bucket / 4 + 1, quarter = bucket % 4;
    return static_cast<int64_t>(quarter + 5) << (power - 2);
  }

  static int64_t percentile(const std::array<uint64_t, bucket_count>& sums, uint64_t all, uint64_t percent) noexcept {
    uint64_t below = 0;
    for (size_t i = 0; i < bucket_count && all > 0; ++i) {
      below += sums[i];
      if (below * 100 >= all * percent)
        return end_of(i) - 1;
    }
    return 0;
  }

  struct one_second {
    std::atomic<int64_t> second{-1};
    std::array<std::atomic<uint64_t>, bucket_count> counts{};
  };
  std::array<one_second, 12> seconds_;
};

} // namespace bennu::engine
