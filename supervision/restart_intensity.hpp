#pragma once

#include <algorithm>
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
/// 1. Of the points of time that it remembers, at most `max_restarts + 1` count; it drops the others in time, so that each restart
///    costs O(1) on average, however many are tolerated.
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
    while (first_ < restarts_.size() && now - restarts_[first_] > limit_.within)
      ++first_;
    if (counted() > limit_.max_restarts)
      ++first_;
    if (first_ > restarts_.size() / 2) {
      restarts_.erase(restarts_.begin(), restarts_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    restarts_.push_back(now);
    return counted() <= limit_.max_restarts;
  }

  /// How many more restarts would be tolerated at `now`; O(log n).
  std::size_t left(time_point now) const noexcept {
    auto old = [&](time_point t) { return now - t > limit_.within; };
    auto from = std::partition_point(restarts_.begin() + static_cast<std::ptrdiff_t>(first_), restarts_.end(), old);
    auto used = static_cast<std::size_t>(restarts_.end() - from);
    return used < limit_.max_restarts ? limit_.max_restarts - used : 0;
  }

  const restart_limit& limit() const noexcept { return limit_; }

private:
  std::size_t counted() const noexcept { return restarts_.size() - first_; }

  restart_limit limit_;
  std::vector<time_point> restarts_; // in the order of time
  std::size_t first_ = 0;            // those before it are over
};

} // namespace bennu
