#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>

namespace bennu {

/// How often something is allowed: at most `burst()` times at once, then once per `interval()`. A plain value.
class rate {
public:
  using clock = std::chrono::steady_clock; ///< the clock of all rates

  /// Allows `count` per `period` in the long run, and up to `burst` at once.
  /// @throws std::invalid_argument unless `count`, `burst` and `period / count` are positive.
  rate(int64_t count, clock::duration period, int64_t burst)
    : interval_(count > 0 ? period / count : clock::duration{0}), burst_(burst) {
    if (count <= 0 || burst <= 0 || interval_ <= clock::duration{0})
      throw std::invalid_argument("a rate needs a positive count, a burst of at least 1, and a period "
                                  "of at least one clock tick for each");
  }

  /// Allows `count` per second, and the same number at once.
  static rate per_second(int64_t count) { return {count, std::chrono::seconds{1}, count}; }

  clock::duration interval() const noexcept { return interval_; } ///< the time that one token takes to come back
  int64_t burst() const noexcept { return burst_; }               ///< how many may come at once

private:
  clock::duration interval_;
  int64_t burst_;
};

/// How fast a client may send. A rate that is not set does not limit the client. A message over a rate is answered
/// with the error `{"reason":"rate limited","limit":"joins"}` (or `"events"`, `"bytes"`) and has no other effect.
/// Each hit is a telemetry event `limit.hit`.
///
///     socket_options options;
///     options.limits.joins = rate::per_second(10);
///     options.limits.bytes = rate{1 << 20, std::chrono::seconds{1}, 8 << 20};
struct rate_limits {
  /// Joins.
  std::optional<rate> joins{};

  /// Events, except joins, leaves and heartbeats.
  std::optional<rate> events{};

  /// Bytes in the payloads of joins and events. A payload larger than the burst is always refused.
  std::optional<rate> bytes{};

  /// Whether any of the rates is set.
  bool any() const noexcept { return joins || events || bytes; }
};

/// A token bucket in one word of memory. A new bucket is full; it gains one token per `rate::interval()`.
///
/// It stores the moment at which it will be full again (generic cell rate algorithm), so that rounding loses no
/// token. The caller passes the time. Thread safety: none.
class token_bucket {
public:
  using time_point = rate::clock::time_point; ///< a moment of the caller's clock

  /// Takes `cost` tokens if the bucket has them.
  /// @returns whether it took them.
  bool take(const rate& limit, time_point now, int64_t cost = 1) noexcept {
    if (wait(limit, now, cost) > rate::clock::duration{0})
      return false;
    full_at_ = later(now) + cost * limit.interval();
    return true;
  }

  /// How long it takes until the bucket has `cost` tokens; zero if it has them now. `duration::max()` if `cost` exceeds
  /// the burst, because the bucket never holds that many.
  rate::clock::duration wait(const rate& limit, time_point now, int64_t cost = 1) const noexcept {
    if (cost > limit.burst())
      return rate::clock::duration::max();
    const auto missing = later(now) - now + cost * limit.interval();
    const auto capacity = limit.burst() * limit.interval();
    return missing > capacity ? missing - capacity : rate::clock::duration{0};
  }

private:
  time_point later(time_point now) const noexcept { return full_at_ > now ? full_at_ : now; }

  time_point full_at_ = time_point::min(); // the bucket is full from this moment on
};

} // namespace bennu
