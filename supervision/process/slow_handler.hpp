#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace bennu::engine {

/// Finds out from samples of a thread's ticks when a handler runs for too long. A pure value.
///
/// A handler that takes less than `threshold` is never reported. One that takes at least a sampling interval longer
/// always is.
class slow_handler {
public:
  using clock = std::chrono::steady_clock;

  enum class verdict : std::uint8_t {
    fine,
    slow, ///< reported once per handler
    over, ///< the reported handler has ended
  };

  explicit slow_handler(std::chrono::milliseconds threshold) noexcept : threshold_(threshold) {}

  /// Takes the value of `activity_slot::ticks` at `now`.
  verdict sample(std::uint64_t ticks, clock::time_point now) noexcept {
    if (ticks != last_) {
      const auto was_told = std::exchange(told_, false);
      ran_ = now - since_;
      last_ = ticks;
      since_ = now;
      return was_told ? verdict::over : verdict::fine;
    }
    if (ticks % 2 == 0 || told_ || now - since_ < threshold_)
      return verdict::fine;
    told_ = true;
    ran_ = now - since_;
    return verdict::slow;
  }

  /// How long the handler of the last verdict ran, as far as the samples show.
  std::chrono::milliseconds ran() const noexcept { return std::chrono::duration_cast<std::chrono::milliseconds>(ran_); }

private:
  std::chrono::milliseconds threshold_;
  std::uint64_t last_ = 0;
  clock::time_point since_;
  clock::duration ran_{0};
  bool told_ = false;
};

} // namespace bennu::engine
