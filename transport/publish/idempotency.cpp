#include "transport/publish/idempotency.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <iterator>

namespace bennu::engine {

namespace {

constexpr size_t bytes_of_owner = 8;

} // namespace

idempotency_table::idempotency_table(const limits& x) : limits_(x), max_shared_(x.max_keys) {
  for (const auto one : x.owners) {
    owners_[one].share = x.max_keys / 2 / x.owners.size();
    max_shared_ -= owners_[one].share;
  }
}

digest idempotency_table::key_of(uint64_t owner, std::string_view text) {
  auto result = digest_of(text);
  for (auto i = bytes_of_owner; i-- > 0; owner >>= 8)
    result[i] = static_cast<unsigned char>(owner);
  return result;
}

uint64_t idempotency_table::owner_of(const digest& key) noexcept {
  uint64_t result = 0;
  for (size_t i = 0; i < bytes_of_owner; ++i)
    result = result << 8 | key[i];
  return result;
}

size_t idempotency_table::key_hash::operator()(const digest& x) const noexcept {
  size_t result = 0;
  std::memcpy(&result, x.data() + bytes_of_owner, sizeof result);
  return result;
}

// -- places ---------------------------------------------------------------------

bool idempotency_table::has_place(uint64_t of) const {
  const auto found = owners_.find(of);
  return (found != owners_.end() && found->second.count < found->second.share) || shared_ < max_shared_;
}

void idempotency_table::count_one(const digest& key) {
  auto& x = owners_[owner_of(key)];
  if (++x.count > x.share)
    ++shared_;
}

void idempotency_table::uncount_one(const digest& key) {
  const auto found = owners_.find(owner_of(key));
  auto& x = found->second;
  if (x.count-- > x.share)
    --shared_;
  if (x.count == 0 && x.share == 0)
    owners_.erase(found);
}

void idempotency_table::forget(std::unordered_map<digest, carried_out, key_hash>::iterator x) {
  const auto key = x->first;
  owners_[owner_of(key)].by_age.erase({x->second.at, key});
  done_.erase(x);
  uncount_one(key);
}

// One of those that have more than their share.
void idempotency_table::forget_one_early() {
  const owner* oldest = nullptr;
  for (const auto& [number, x] : owners_)
    if (x.count > x.share && !x.by_age.empty()
        && (oldest == nullptr || x.by_age.begin()->first < oldest->by_age.begin()->first))
      oldest = &x;
  if (oldest != nullptr)
    forget(done_.find(oldest->by_age.begin()->second));
}

// -- what is asked and told -------------------------------------------------------

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
  if (i == held_.end() && !has_place(owner_of(key)))
    return {answer::full};
  if (i == held_.end()) {
    count_one(key);
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
    uncount_one(x.key);
  }
  const auto at = now - x.age;
  if (x.age > limits_.memory)
    return false;
  if (const auto known = done_.find(x.key); known != done_.end()) {
    if (at <= known->second.at)
      return false;
    forget(known); // a key that is used again just after its time
  }
  done_.emplace(x.key, carried_out{x.body, x.accepted, at});
  count_one(x.key);
  owners_[owner_of(x.key)].by_age.emplace(at, x.key);
  if (shared_ <= max_shared_)
    return false;
  forget_one_early();
  return true;
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
  if (x.waiting.empty()) {
    uncount_one(i->first);
    return held_.erase(i);
  }
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
  std::erase_if(held_, [&](const auto& x) {
    const bool is_own = x.second.holder.name == self;
    if (is_own)
      uncount_one(x.first);
    return is_own;
  });
  for (auto& [key, x] : held_)
    x.waiting.clear();
  settled_.clear();
}

void idempotency_table::expire(time_point now) {
  for (auto i = owners_.begin(); i != owners_.end();) {
    auto& by_age = (i++)->second.by_age; // the last one takes its owner with it
    for (auto left = by_age.size(); left > 0 && now - by_age.begin()->first > limits_.memory; --left)
      forget(done_.find(by_age.begin()->second));
  }
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

std::chrono::milliseconds idempotency_table::until_free(uint64_t of, time_point now) const {
  std::optional<time_point> oldest;
  for (const auto& [number, x] : owners_)
    if ((x.count > x.share || number == of) && !x.by_age.empty())
      oldest = std::min(oldest.value_or(time_point::max()), x.by_age.begin()->first);
  if (!oldest)
    return limits_.lease;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*oldest + limits_.memory - now);
  return std::max(left, std::chrono::milliseconds{0});
}

} // namespace bennu::engine
