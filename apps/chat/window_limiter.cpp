#include "apps/chat/window_limiter.hpp"

namespace chat {

bool window_limiter::take(const std::string& key, clock::time_point now) {
  std::lock_guard guard{mutex_};
  forget_idle(now);
  auto& events = recent(key, now);
  if (events.size() >= limit_)
    return false;
  events.push_back(now);
  return true;
}

bool window_limiter::exhausted(const std::string& key, clock::time_point now) {
  std::lock_guard guard{mutex_};
  forget_idle(now);
  return events_.contains(key) && recent(key, now).size() >= limit_;
}

size_t window_limiter::keys() {
  std::lock_guard guard{mutex_};
  return events_.size();
}

std::deque<window_limiter::clock::time_point>& window_limiter::recent(const std::string& key, clock::time_point now) {
  if (events_.size() >= max_keys && !events_.contains(key))
    events_.erase(events_.begin());
  auto& events = events_[key];
  while (!events.empty() && events.front() + window_ <= now)
    events.pop_front();
  return events;
}

// Runs once per window, so that the cost per counted event is constant.
void window_limiter::forget_idle(clock::time_point now) {
  if (now < next_cleaning_)
    return;
  next_cleaning_ = now + window_;
  std::erase_if(events_, [&](auto& x) { return x.second.empty() || x.second.back() + window_ <= now; });
}

} // namespace chat
