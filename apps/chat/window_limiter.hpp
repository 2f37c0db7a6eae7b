#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

namespace chat {

/// Allows at most `limit` events in any `window`, for each key: messages of a user, failed sign-ins of an address. The
/// empty key serves for a limit over all.
///
/// It remembers the times of the last `limit` events of a key, so that the bound is exact. Keys without recent events
/// are forgotten; and beyond `max_keys`, any key for each new one. The caller passes the time. Thread safety: any
/// thread.
class window_limiter {
public:
  using clock = std::chrono::steady_clock;

  /// 100,000: more users and addresses than a node has, in some 20 MB.
  static constexpr size_t max_keys = 100'000;

  window_limiter(size_t limit, clock::duration window) : limit_(limit), window_(window) {}

  /// Counts an event at `now`, unless the key has reached its limit. @returns whether it was counted.
  bool take(const std::string& key, clock::time_point now);

  /// Multiplies the limit. Call it before the first event.
  void widen(size_t factor) { limit_ *= factor; }

  /// True when the next `take` would fail.
  bool exhausted(const std::string& key, clock::time_point now);

  /// The number of keys in memory.
  size_t keys();

private:
  std::deque<clock::time_point>& recent(const std::string& key, clock::time_point now);
  void forget_idle(clock::time_point now);

  size_t limit_;
  const clock::duration window_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::deque<clock::time_point>> events_;
  clock::time_point next_cleaning_{};
};

} // namespace chat
