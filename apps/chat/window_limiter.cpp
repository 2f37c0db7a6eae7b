#include "apps/chat/window_limiter.hpp"

#include <arpa/inet.h>
#include <array>

namespace chat {

std::string address_key(const std::string& numeric_address) {
  const auto without_zone = numeric_address.substr(0, numeric_address.find('%'));
  in6_addr address{};
  if (::inet_pton(AF_INET6, without_zone.c_str(), &address) != 1)
    return numeric_address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    ::inet_ntop(AF_INET, &address.s6_addr[12], text.data(), text.size());
    return text.data();
  }
  for (size_t i = 8; i < 16; ++i)
    address.s6_addr[i] = 0;
  ::inet_ntop(AF_INET6, &address, text.data(), text.size());
  return std::string{text.data()} + "/64";
}

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
