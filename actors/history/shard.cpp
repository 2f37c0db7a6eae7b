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

// The same when logs of it were forgotten. A day: a position from before that does not name it is honoured again
// afterwards, so that this is longer than clients sleep.
constexpr auto floors_remembered_for = std::chrono::hours{24};

} // namespace

milliseconds remembered_for(const history& x) noexcept {
  constexpr milliseconds longest = std::chrono::hours{24 * 365}; // so that no sum overflows
  return 2 * std::min(x.age, longest) + std::chrono::seconds{5};
}

history_shard::history_shard(peer self, bounds_of bounds, history_totals& totals, time_point now)
  : bounds_(std::move(bounds)), totals_(totals), own_(life_of(self.name, self.incarnation)), started_(now) {
  auto& own = origins_[own_];
  own.who = std::move(self);
  own.life = own_;
}

topic_history* history_shard::find(std::string_view topic) {
  const auto found = by_name_.find(topic);
  return found == by_name_.end() ? nullptr : &*found->second;
}

topic_history& history_shard::find_or_add(const std::string& topic, const history& bounds) {
  if (auto* known = find(topic))
    return *known;
  if (topics_.size() >= max_topics)
    forget(topics_.begin());
  totals_.topics.fetch_add(1, std::memory_order_relaxed);
  topics_.emplace_back(topic, bounds, own_, forgotten_index_);
  by_name_.emplace(topics_.back().name(), std::prev(topics_.end()));
  return topics_.back();
}

history_shard::origin& history_shard::origin_of(const peer& who, time_point now) {
  const auto life = life_of(who.name, who.incarnation);
  const auto [found, is_new] = origins_.try_emplace(life);
  if (is_new) {
    found->second.who = who;
    found->second.life = life;
    found->second.heard = now;
  }
  return found->second;
}

size_t history_shard::floor_index(uint64_t hash) noexcept {
  return hash / shard_bits % floor_count;
}

void history_shard::raise_floor(origin& x, size_t index, const floor& to) {
  if (x.floors.empty())
    x.floors.resize(floor_count);
  auto& one = x.floors[index];
  one.seq = std::max(one.seq, to.seq);
  one.number = std::max(one.number, to.number);
  one.when = std::max(one.when, to.when);
}

known_lives history_shard::lives_for(uint64_t hash) const {
  known_lives result;
  result.reserve(2 * origins_.size());
  for (const auto& [life, x] : origins_) {
    const auto one = x.floors.empty() ? floor{} : x.floors[floor_index(hash)];
    result.push_back({life, one.seq});
    if (one.number != 0) // it rises also when a shorter log of another topic is forgotten
      result.push_back({life, one.number, true});
  }
  return result;
}

// -- this node ----------------------------------------------------------------

broadcast_ptr history_shard::publish(caf::intrusive_ptr<broadcast> x, const history& bounds, uint64_t sender,
                                     time_point now) {
  auto& own = origins_.at(own_);
  auto& topic = find_or_add(x->topic, bounds);
  const auto start = own.floors.empty() ? 0 : own.floors[floor_index(topic.hash())].seq;
  const auto& log = topic.record_of(own_, start);
  history_place at;
  at.life = own_;
  at.number = ++own.applied;
  at.seq = log.last + 1;
  at.start = log.start;
  at.sender = sender;
  at.when = now;
  return append(own, topic, std::move(x), at, now);
}

broadcast_ptr history_shard::append(origin& to, topic_history& topic, caf::intrusive_ptr<broadcast> x,
                                    const history_place& at, time_point now) {
  const auto before = topic.bytes();
  auto result = topic.append(std::move(x), at, lives_for(topic.hash()));
  topics_.splice(topics_.end(), topics_, by_name_.at(topic.name()));
  to.order.emplace(at.number, place_in_order{&topic, result});
  totals_.messages.fetch_add(1, std::memory_order_relaxed);
  bytes_ += topic.bytes() - before;
  totals_.bytes.fetch_add(topic.bytes() - before, std::memory_order_relaxed);
  trim(topic, now);
  trim_all();
  return result;
}

void history_shard::trim(topic_history& topic, time_point now) {
  while (const auto x = topic.drop_old(now))
    dropped(*x, true);
  while (const auto x = topic.drop_excess())
    dropped(*x, false);
}

// A shard with more than its share drops its oldest messages, when it grows or at its next beat. So a client that fills
// some topics makes no others shorter than the share.
void history_shard::trim_all() {
  while (bytes_ > totals_.share && totals_.bytes.load(std::memory_order_relaxed) > totals_.max_bytes) {
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
    dropped(*x, false);
  }
}

void history_shard::dropped(const broadcast& x, bool by_age) {
  origins_.at(x.place->life).order.erase(x.place->number);
  totals_.messages.fetch_sub(1, std::memory_order_relaxed);
  bytes_ -= topic_history::footprint(x);
  totals_.bytes.fetch_sub(topic_history::footprint(x), std::memory_order_relaxed);
  (by_age ? totals_.aged : totals_.dropped).fetch_add(1, std::memory_order_relaxed);
}

history_answer history_shard::join(const std::string& topic, const history& bounds,
                                   const std::optional<history_position>& since, uint64_t reader, time_point now) {
  ++readers_[topic];
  auto* known = find(topic);
  if (known != nullptr)
    trim(*known, now);
  const auto lives = lives_for(topic_hash(topic));
  auto result = known != nullptr ? known->answer(since, reader, lives)
                                 : topic_history{topic, bounds, own_, forgotten_index_}.answer(since, reader, lives);
  result.gap = gaps_;
  return result;
}

void history_shard::leave(const std::string& topic) {
  if (const auto found = readers_.find(topic); found != readers_.end() && --found->second == 0)
    readers_.erase(found);
}

history_answer history_shard::read(const std::string& topic, const std::optional<history_position>& since,
                                   time_point now) {
  const auto lives = lives_for(topic_hash(topic));
  auto* known = find(topic);
  if (known == nullptr)
    return topic_history{topic, {}, own_, forgotten_index_}.answer(since, 0, lives);
  trim(*known, now);
  auto result = known->answer(since, 0, lives);
  if (!since)
    result.missed.assign(known->kept().begin(), known->kept().end());
  return result;
}

// This node's own floor is part of all positions, of this node and, where it is not 0, of others.
void history_shard::interrupted(const std::string& topic, time_point now) {
  if (bounds_(topic) == nullptr)
    return;
  if (const auto known = by_name_.find(topic); known != by_name_.end())
    forget(known->second);
  auto& own = origins_.at(own_);
  const auto index = floor_index(topic_hash(topic));
  const auto before = own.floors.empty() ? 0 : own.floors[index].seq;
  raise_floor(own, index, {before + 1, own.applied, now});
}

// -- time ---------------------------------------------------------------------

void history_shard::expire(time_point now) {
  forget_topics(now);
  forget_lives(now);
  trim_all();
}

// Forgets a topic. Positions on it are still honoured until a new message is published there.
history_shard::topic_list::iterator history_shard::forget(topic_list::iterator x) {
  while (const auto oldest = x->drop_oldest())
    dropped(*oldest, false);
  for (const auto& log : x->records())
    if (const auto life = origins_.find(log.life); life != origins_.end())
      raise_floor(life->second, floor_index(x->hash()), {log.last, log.number, log.when});
  forgotten_index_ = std::max(forgotten_index_, x->index());
  totals_.topics.fetch_sub(1, std::memory_order_relaxed);
  by_name_.erase(x->name());
  return topics_.erase(x);
}

void history_shard::forget_topics(time_point now) {
  for (auto i = topics_.begin(); i != topics_.end();) {
    trim(*i, now);
    for (const auto& log : i->forget(now - remembered_for(i->bounds())))
      if (const auto life = origins_.find(log.life); life != origins_.end())
        raise_floor(life->second, floor_index(i->hash()), {log.last, log.number, log.when});
    i = i->is_empty() ? forget(i) : std::next(i);
  }
}

void history_shard::forget_lives(time_point now) {
  std::erase_if(origins_, [&](const auto& one) {
    const auto& [life, x] = one;
    const std::chrono::seconds time = x.floors.empty() ? life_remembered_for : floors_remembered_for;
    if (life == own_ || x.is_connected || !x.order.empty() || x.heard + time > now)
      return false;
    return std::none_of(topics_.begin(), topics_.end(), [&](auto& y) { return y.find(life) != nullptr; });
  });
}

} // namespace bennu::engine
