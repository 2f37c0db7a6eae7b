#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace bennu {

/// How many restarts are tolerated within which time.
struct restart_limit {
  std::size_t max_restarts = 3;
  std::chrono::nanoseconds within = std::chrono::seconds{5};

  friend bool operator==(const restart_limit&, const restart_limit&) = default;
};

/// The memory of a supervisor for restarts: a pure value, time is told to it.
///
/// Invariants:
/// 1. It remembers at most `max_restarts + 1` points of time.
/// 2. A restart exactly `within` ago still counts (as in OTP's `supervisor`).
///
/// Thread safety: none; it belongs to one supervisor.
class restart_intensity {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit restart_intensity(restart_limit limit) noexcept : limit_(limit) {}

  /// Counts one restart at `now`; false when that is one too many.
  /// REQUIRES: `now` never runs backwards.
  bool add(time_point now) {
    std::erase_if(restarts_, [&](time_point t) { return now - t > limit_.within; });
    if (restarts_.size() > limit_.max_restarts)
      restarts_.erase(restarts_.begin());
    restarts_.push_back(now);
    return restarts_.size() <= limit_.max_restarts;
  }

  /// How many more restarts would be tolerated at `now`.
  std::size_t left(time_point now) const noexcept {
    std::size_t used = 0;
    for (auto t : restarts_)
      if (now - t <= limit_.within)
        ++used;
    return used < limit_.max_restarts ? limit_.max_restarts - used : 0;
  }

  const restart_limit& limit() const noexcept { return limit_; }

private:
  restart_limit limit_;
  std::vector<time_point> restarts_;
};

} // namespace bennu
