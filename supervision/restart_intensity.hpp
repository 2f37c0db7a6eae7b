#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bennu {

/// When a child that ended is started again.
enum class restart : uint8_t {
  permanent, ///< always
  transient, ///< after an abnormal end only (see `is_abnormal`)
  temporary, ///< never; its spec is removed with it
};

/// How many restarts are allowed within which time.
struct restart_limit {
  size_t max_restarts = 3;                                   ///< one more makes the supervisor give up
  std::chrono::nanoseconds within = std::chrono::seconds{5}; ///< counted back from the last restart; greater than 0

  friend bool operator==(const restart_limit&, const restart_limit&) = default;
};

/// The recent restarts of a supervisor. A pure value; the caller passes the time.
///
/// Invariants:
/// 1. At most `max_restarts + 1` of the stored times count. The others are dropped over time, so that a restart costs
///    O(1) on average, however many are allowed.
/// 2. A restart exactly `within` ago still counts (as in OTP's `supervisor`).
///
/// Thread safety: none; it belongs to one supervisor.
class restart_intensity {
public:
  using time_point = std::chrono::steady_clock::time_point; ///< the caller's time; see `add`

  /// Begins without restarts.
  explicit restart_intensity(restart_limit limit) noexcept : limit_(limit) {}

  /// Counts one restart at `now`.
  /// @returns false when the limit is exceeded. REQUIRES: `now` never decreases.
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

  /// How many more restarts would be allowed at `now`. O(log n).
  size_t left(time_point now) const noexcept {
    auto old = [&](time_point t) { return now - t > limit_.within; };
    auto from = std::partition_point(restarts_.begin() + static_cast<std::ptrdiff_t>(first_), restarts_.end(), old);
    auto used = static_cast<size_t>(restarts_.end() - from);
    return used < limit_.max_restarts ? limit_.max_restarts - used : 0;
  }

  const restart_limit& limit() const noexcept { return limit_; } ///< what the constructor was given

private:
  size_t counted() const noexcept { return restarts_.size() - first_; }

  restart_limit limit_;
  std::vector<time_point> restarts_; // in order of time
  size_t first_ = 0;                 // earlier ones no longer count
};

} // namespace bennu
