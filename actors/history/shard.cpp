#include "actors/history/shard.hpp"

#include <algorithm>
#include <utility>

namespace bennu::engine {

namespace {

using std::chrono::milliseconds;

// The shards take the low bits of the hash of a topic.
constexpr uint64_t shard_bits = 1U << 16;

// How long the life of a node is remembered that was lost. Its positions are honoured as long.
constexpr auto life_remembered_for = std::chrono::minutes{5};

} // namespace

milliseconds remembered_for(const history& x) noexcept {
  constexpr milliseconds longest = std::chrono::hours{24 * 365}; // so that no sum overflows
  return 2 * std::min(x.age, longest) + std::chrono::seconds{5};
}

history_shard::history_shard(peer self, bounds_of bounds, history_totals& totals, time_point now)
  : bounds_(std::move(bounds)), totals_(totals), own_(life_of(self.name, self.incarnation)), started_(now) {
  origins_[own_].who = std::move(self);
}

topic_history* history_shard::find(const std::string& topic) const {
  const auto found = topics_.find(topic);
  return found == topics_.end() ? nullptr : found->second.get();
}

topic_history* history_shard::find_or_add(const std::string& topic, const history& bounds) {
  if (auto* known = find(topic))
    return known;
  if (topics_.size() >= max_topics)
    return nullptr;
  totals_.topics.fetch_add(1, std::memory_order_relaxed);
  return topics_.emplace(topic, std::make_unique<topic_history>(topic, bounds, own_)).first->second.get();
}

history_shard::origin& history_shard::origin_of(const peer& who, time_point now) {
  const auto life = life_of(who.name, who.incarnation);
  const auto [found, is_new] = origins_.try_emplace(life);
  if (is_new) {
    found->second.who = who;
    found->second.heard = now;
  }
  return found->second;
}

uint64_t history_shard::floor_of(const origin& x, const topic_history& topic) const noexcept {
  return x.floors.empty() ? 0 : x.floors[topic.hash() / shard_bits % floor_count];
}

void history_shard::raise_floor(origin& x, const topic_history& topic, uint64_t to) {
  if (x.floors.empty())
    x.floors.resize(floor_count);
  auto& floor = x.floors[topic.hash() / shard_bits % floor_count];
  floor = std::max(floor, to);
}

known_lives history_shard::lives_for(const topic_history& topic) const {
  known_lives result;
  for (const auto& [life, x] : origins_)
    result.push_back({life, floor_of(x, topic)});
  return result;
}

// -- this node ----------------------------------------------------------------

broadcast_ptr history_shard::publish(caf::intrusive_ptr<broadcast> x, const history& bounds, uint64_t sender,
                                     time_point now) {
  auto* topic = find_or_add(x->topic, bounds);
  if (topic == nullptr)
    return unkept(std::move(x));
  auto& own = origins_.at(own_);
  const auto& log = topic->record_of(own_, floor_of(own, *topic));
  history_place at;
  at.life = own_;
  at.number = ++own.applied;
  at.seq = log.last + 1;
  at.start = log.start;
  at.sender = sender;
  at.when = now;
  return append(own, *topic, std::move(x), at, now);
}

broadcast_ptr history_shard::append(origin& to, topic_history& topic, caf::intrusive_ptr<broadcast> x,
                                    const history_place& at, time_point now) {
  const auto before = topic.bytes();
  auto result = topic.append(std::move(x), at, floor_of(origins_.at(own_), topic));
  to.order.emplace(at.number, place_in_order{&topic, result});
  totals_.messages.fetch_add(1, std::memory_order_relaxed);
  totals_.bytes.fetch_add(topic.bytes() - before, std::memory_order_relaxed);
  trim(topic, now);
  trim_all();
  return result;
}

void history_shard::trim(topic_history& topic, time_point now) {
  while (const auto x = topic.drop_old(now))
    dropped(topic, *x, true);
  while (const auto x = topic.drop_excess())
    dropped(topic, *x, false);
}

// Of all shards only the one that grows drops something, the oldest first.
void history_shard::trim_all() {
  while (totals_.bytes.load(std::memory_order_relaxed) > totals_.max_bytes) {
    topic_history* oldest = nullptr;
    auto when = time_point::max();
    for (const auto& [life, x] : origins_)
      if (!x.order.empty() && x.order.begin()->second.what->place->when < when) {
        when = x.order.begin()->second.what->place->when;
        oldest = x.order.begin()->second.topic;
      }
    const auto x = oldest != nullptr ? oldest->drop_oldest() : nullptr;
    if (!x)
      return;
    dropped(*oldest, *x, false);
  }
}

void history_shard::dropped(topic_history&, const broadcast& x, bool by_age) {
  origins_.at(x.place->life).order.erase(x.place->number);
  totals_.messages.fetch_sub(1, std::memory_order_relaxed);
  totals_.bytes.fetch_sub(topic_history::footprint(x), std::memory_order_relaxed);
  (by_age ? totals_.aged : totals_.dropped).fetch_add(1, std::memory_order_relaxed);
}

history_answer history_shard::join(const std::string& topic, const history& bounds,
                                   const std::optional<history_position>& since, uint64_t reader, time_point now) {
  auto* known = find_or_add(topic, bounds);
  if (known == nullptr)
    return {false, std::string{no_position}, 0, {}, {}, {}};
  trim(*known, now);
  ++known->readers;
  auto& log = known->record_of(own_, floor_of(origins_.at(own_), *known));
  log.when = std::max(log.when, now);
  return known->answer(since, reader, lives_for(*known));
}

void history_shard::leave(const std::string& topic, time_point now) {
  auto* known = find(topic);
  if (known == nullptr || known->readers == 0)
    return;
  --known->readers;
  auto& log = known->record_of(own_, floor_of(origins_.at(own_), *known));
  log.when = std::max(log.when, now);
}

history_answer history_shard::read(const std::string& topic, const std::optional<history_position>& since,
                                   time_point now) {
  auto* known = find(topic);
  if (known == nullptr)
    return {false, std::string{no_position}, 0, {}, {}, {}};
  trim(*known, now);
  if (since)
    return known->answer(since, 0, lives_for(*known));
  history_answer result{false, known->position(floor_of(origins_.at(own_), *known)), known->index(), {}, {}, {}};
  result.missed.assign(known->kept().begin(), known->kept().end());
  return result;
}

void history_shard::interrupted(const std::string& topic, time_point now) {
  if (const auto* bounds = bounds_(topic))
    if (auto* known = find_or_add(topic, *bounds)) {
      known->is_broken = true;
      auto& log = known->record_of(own_, floor_of(origins_.at(own_), *known));
      log.when = std::max(log.when, now);
    }
}

// -- time ---------------------------------------------------------------------

void history_shard::expire(time_point now) {
  forget_topics(now);
  forget_lives(now);
}

void history_shard::forget_topics(time_point now) {
  for (auto i = topics_.begin(); i != topics_.end();) {
    auto& topic = *i->second;
    trim(topic, now);
    for (const auto& log : topic.forget(now - remembered_for(topic.bounds()))) {
      if (const auto life = origins_.find(log.life); life != origins_.end())
        raise_floor(life->second, topic, log.last);
    }
    if (!topic.is_empty()) {
      ++i;
      continue;
    }
    totals_.topics.fetch_sub(1, std::memory_order_relaxed);
    i = topics_.erase(i);
  }
}

void history_shard::forget_lives(time_point now) {
  std::erase_if(origins_, [&](const auto& one) {
    const auto& [life, x] = one;
    if (life == own_ || x.is_connected || !x.order.empty() || x.heard + life_remembered_for > now)
      return false;
    return std::none_of(topics_.begin(), topics_.end(), [&](auto& y) { return y.second->find(life) != nullptr; });
  });
}

} // namespace bennu::engine
