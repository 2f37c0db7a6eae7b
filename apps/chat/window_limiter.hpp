#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

namespace chat {

/// What counts as one client's address where clients are limited by it. An IPv6 address counts as its /64, which is
/// what one household or server gets (RFC 6177); an IPv4 address, also one that is written as IPv6, counts for itself.
/// Any other text counts for itself, too.
std::string address_key(const std::string& numeric_address);

/// At most `limit` events in any `window`, for each key: messages of a user, failed sign-ins of an address. A key may
/// be empty, for what is limited in all.
///
/// It remembers the times of the last `limit` events of a key, so that the bound is exact. Keys without recent events
/// are forgotten. The caller passes the time. Thread safety: any thread.
class window_limiter {
public:
  using clock = std::chrono::steady_clock;

  window_limiter(size_t limit, clock::duration window) : limit_(limit), window_(window) {}

  /// Counts an event at `now`, unless the key has reached its limit. @returns whether it was counted.
  bool take(const std::string& key, clock::time_point now);

  /// From now on so many times the limit is allowed. To be called before the first event.
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
