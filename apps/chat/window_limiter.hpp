#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

namespace chat {

/// Allows at most `limit` events within any `window` for each key, for example messages of a user or failed sign-ins
/// of an address.
///
/// It remembers the times of the last `limit` events of a key, so that the bound is exact. Keys without recent events
/// are forgotten. The caller passes the time. Thread safety: any thread.
class window_limiter {
public:
  using clock = std::chrono::steady_clock;

  window_limiter(size_t limit, clock::duration window) : limit_(limit), window_(window) {}

  /// Counts an event at `now`, unless the key has reached its limit. @returns whether it was counted.
  bool take(const std::string& key, clock::time_point now);

  /// Whether the next `take` would fail.
  bool exhausted(const std::string& key, clock::time_point now);

  /// The number of keys in memory.
  size_t keys();

private:
  std::deque<clock::time_point>& recent(const std::string& key, clock::time_point now);
  void forget_idle(clock::time_point now);

  const size_t limit_;
  const clock::duration window_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::deque<clock::time_point>> events_;
  clock::time_point next_cleaning_{};
};

} // namespace chat
