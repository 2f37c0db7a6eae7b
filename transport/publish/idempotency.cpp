#include "transport/publish/idempotency.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <iterator>

namespace bennu::engine {

size_t idempotency_table::key_hash::operator()(const digest& x) const noexcept {
  size_t result = 0;
  std::memcpy(&result, x.data(), sizeof result);
  return result;
}

std::optional<idempotency_table::verdict> idempotency_table::find(const digest& key, const digest& body,
                                                                  time_point now) const {
  const auto known = done_.find(key);
  if (known == done_.end() || now - known->second.at > limits_.memory)
    return std::nullopt;
  return known->second.body == body ? verdict{answer::repeated, known->second.accepted} : verdict{answer::mismatched};
}

std::optional<idempotency_table::record> idempotency_table::recall(const digest& key, time_point now) const {
  const auto known = done_.find(key);
  if (known == done_.end())
    return std::nullopt;
  const auto& x = known->second;
  const auto age = std::chrono::ceil<std::chrono::milliseconds>(now - x.at);
  return age <= limits_.memory ? std::optional{record{key, x.body, x.accepted, age}} : std::nullopt;
}

idempotency_table::verdict idempotency_table::claim(const digest& key, const digest& body, const peer& holder,
                                                    uint64_t claim, time_point now) {
  if (const auto known = find(key, body, now))
    return *known;
  const auto i = held_.find(key);
  if (i == held_.end() && size() >= limits_.max_keys)
    return {answer::full};
  if (i == held_.end()) {
    held_.emplace(key, held{body, holder, now + limits_.lease, {}});
    return {answer::granted};
  }
  if (i->second.body != body)
    return {answer::in_use}; // it is not certain yet that the other one uses the key
  i->second.waiting.push_back({holder, claim, now});
  return {answer::waits};
}

void idempotency_table::settle(held& x, const verdict& with) {
  for (const auto& one : x.waiting)
    settled_.push_back({one.claim, with});
}

bool idempotency_table::done(const record& x, time_point now) {
  if (const auto i = held_.find(x.key); i != held_.end()) {
    settle(i->second, i->second.body == x.body ? verdict{answer::repeated, x.accepted} : verdict{answer::mismatched});
    held_.erase(i);
  }
  const auto at = now - x.age;
  if (x.age > limits_.memory)
    return false;
  const auto [place, is_new] = done_.try_emplace(x.key, carried_out{x.body, x.accepted, at});
  if (!is_new) {
    if (at <= place->second.at)
      return false;
    by_age_.erase({place->second.at, x.key}); // a key that is used again just after its time
    place->second = {x.body, x.accepted, at};
  }
  by_age_.emplace(at, x.key);
  if (size() <= limits_.max_keys)
    return false;
  forget_oldest();
  return true;
}

void idempotency_table::forget_oldest() {
  done_.erase(by_age_.begin()->second);
  by_age_.erase(by_age_.begin());
}

template <class Predicate>
void idempotency_table::give_up(held& x, Predicate is_hopeless) {
  const auto hopeless = std::stable_partition(x.waiting.begin(), x.waiting.end(), std::not_fn(is_hopeless));
  for (auto i = hopeless; i != x.waiting.end(); ++i)
    settled_.push_back({i->claim, {answer::waits}});
  x.waiting.erase(hopeless, x.waiting.end());
}

// Those whose holder has given up would keep the others waiting.
idempotency_table::held_map::iterator idempotency_table::pass_on(held_map::iterator i, time_point now) {
  auto& x = i->second;
  give_up(x, [&](const waiter& one) { return now - one.since > limits_.patience; });
  if (x.waiting.empty())
    return held_.erase(i);
  const auto next = std::move(x.waiting.front());
  x.waiting.pop_front();
  x.holder = next.holder;
  x.until = now + limits_.lease;
  settled_.push_back({next.claim, {answer::granted}});
  return std::next(i);
}

void idempotency_table::lost(const std::string& node, time_point now) {
  for (auto i = held_.begin(); i != held_.end();) {
    give_up(i->second, [&](const waiter& one) { return one.holder.name == node; });
    i = i->second.holder.name == node ? pass_on(i, now) : std::next(i);
  }
}

void idempotency_table::restart(const std::string& self) {
  std::erase_if(held_, [&](const auto& x) { return x.second.holder.name == self; });
  for (auto& [key, x] : held_)
    x.waiting.clear();
  settled_.clear();
}

void idempotency_table::expire(time_point now) {
  while (!by_age_.empty() && now - by_age_.begin()->first > limits_.memory)
    forget_oldest();
  for (auto i = held_.begin(); i != held_.end();)
    i = i->second.until < now ? pass_on(i, now) : std::next(i);
}

std::vector<digest> idempotency_table::keys() const {
  std::vector<digest> result;
  result.reserve(done_.size());
  for (const auto& [key, x] : done_)
    result.push_back(key);
  return result;
}

std::chrono::milliseconds idempotency_table::until_free(time_point now) const {
  if (by_age_.empty())
    return limits_.lease;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(by_age_.begin()->first + limits_.memory - now);
  return std::max(left, std::chrono::milliseconds{0});
}

} // namespace bennu::engine
