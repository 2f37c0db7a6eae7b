#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>

namespace bennu {

/// How much of something is allowed: bursts of up to `burst()`, then one each `interval()`.
class rate {
public:
  using clock = std::chrono::steady_clock;

  /// @throws std::invalid_argument unless both numbers are positive.
  rate(int64_t count, clock::duration period, int64_t burst)
    : interval_(count > 0 ? period / count : clock::duration{0}), burst_(burst) {
    if (count <= 0 || burst <= 0 || interval_ <= clock::duration{0})
      throw std::invalid_argument("a rate needs a positive count, a burst of at least 1, and a period "
                                  "of at least one clock tick for each");
  }

  /// `count` in a second, and as many at once.
  static rate per_second(int64_t count) { return {count, std::chrono::seconds{1}, count}; }

  clock::duration interval() const noexcept { return interval_; }
  int64_t burst() const noexcept { return burst_; }

private:
  clock::duration interval_;
  int64_t burst_;
};

/// How fast a client may go; without a rate: as fast as it likes. What is over a rate is answered
/// `error {"reason":"rate limited","limit":"joins"}` (or `"events"`, `"bytes"`), counted as `limit.hit`, and has no other effect.
///
///     socket_options{.limits = {.joins = rate::per_second(10), .bytes = rate{1 << 20, std::chrono::seconds{1}, 8 << 20}}}
struct rate_limits {
  std::optional<rate> joins{};

  /// Events that are neither a join, nor a leave, nor a heartbeat.
  std::optional<rate> events{};

  /// Bytes of the payloads of joins and events. A payload of more bytes than the burst is always refused.
  std::optional<rate> bytes{};

  bool any() const noexcept { return joins || events || bytes; }
};

/// A token bucket as a value of one word: full when new, filled by one token each `interval`.
/// It keeps the moment at which it will be full again (the generic cell rate algorithm), so no
/// token is lost to rounding, and time is given by the caller. Not thread-safe.
class token_bucket {
public:
  using time_point = rate::clock::time_point;

  /// Takes `cost` tokens if there are so many. @returns whether it did.
  bool take(const rate& limit, time_point now, int64_t cost = 1) noexcept {
    if (wait(limit, now, cost) > rate::clock::duration{0})
      return false;
    full_at_ = later(now) + cost * limit.interval();
    return true;
  }

  /// How long until `cost` tokens are there; zero if they are. A cost over the burst never is: the
  /// result is then `duration::max()`.
  rate::clock::duration wait(const rate& limit, time_point now, int64_t cost = 1) const noexcept {
    if (cost > limit.burst())
      return rate::clock::duration::max();
    const auto missing = later(now) - now + cost * limit.interval();
    const auto capacity = limit.burst() * limit.interval();
    return missing > capacity ? missing - capacity : rate::clock::duration{0};
  }

private:
  time_point later(time_point now) const noexcept { return full_at_ > now ? full_at_ : now; }

  time_point full_at_ = time_point::min(); // at or before now: full
};

} // namespace bennu
