#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bennu::bench {

/// Counts values in buckets that grow with the value: every percentile is right within 3 %. To add a value takes a few
/// instructions and no memory, so that the measured code may do it.
class histogram {
public:
  void add(uint64_t value) noexcept {
    ++counts_[bucket_of(value)];
    ++total_;
  }

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

} // namespace bennu::bench
