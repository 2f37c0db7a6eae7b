// What a shard of history exchanges with those of other nodes.
#include <algorithm>
#include <set>
#include <utility>

#include <caf/make_counted.hpp>

#include "actors/history/shard.hpp"

namespace bennu::engine {

namespace {

using std::chrono::milliseconds;

milliseconds age_of(history_place::time_point when, history_place::time_point now) {
  return std::max(std::chrono::duration_cast<milliseconds>(now - when), milliseconds{0});
}

} // namespace

void history_shard::peer_up(const peer& who, time_point now) {
  for (auto& [life, x] : origins_)
    if (x.who.name == who.name)
      x.is_connected = false; // a former life
  auto& x = origin_of(who, now);
  x.is_connected = true;
  x.has_asked = false;
  x.heard = now;
}

void history_shard::peer_down(const peer& who, time_point now) {
  const auto found = origins_.find(life_of(who.name, who.incarnation));
  if (found == origins_.end() || !std::exchange(found->second.is_connected, false))
    return;
  found->second.heard = now;
}

void history_shard::all_down(time_point now) {
  for (auto& [life, x] : origins_)
    if (std::exchange(x.is_connected, false))
      x.heard = now;
}

history_have history_shard::have(time_point now) const {
  history_have result;
  for (const auto& [life, x] : origins_)
    result.logs.push_back({x.who, x.applied, life == own_ || x.is_connected ? milliseconds{0} : age_of(x.heard, now)});
  return result;
}

std::optional<history_want> history_shard::want(origin& x) {
  if (std::exchange(x.has_asked, true))
    return std::nullopt;
  return history_want{x.who, x.applied};
}

// A node may answer for another one that is lost, or that only this node has lost.
std::vector<history_want> history_shard::receive(const peer& from, const history_have& x, time_point now) {
  std::vector<history_want> result;
  for (const auto& log : x.logs) {
    const auto life = life_of(log.who.name, log.who.incarnation);
    const auto known = origins_.find(life);
    if (life == own_ || (known == origins_.end() && log.applied == 0))
      continue;
    auto& one = known != origins_.end() ? known->second : origin_of(log.who, now - log.silent);
    if (!one.is_connected)
      one.heard = std::max(one.heard, now - log.silent);
    if (log.applied <= one.applied || (one.is_connected && from != one.who))
      continue;
    one.has_asked = true;
    result.push_back({one.who, one.applied});
  }
  return result;
}

std::optional<history_want> history_shard::receive(const peer& from, history_next&& x, time_point now,
                                                   const delivery& deliver) {
  auto& log = origin_of(from, now);
  if (x.item.number <= log.applied)
    return std::nullopt;
  if (x.item.number != log.applied + 1)
    return want(log);
  take(log, std::move(x.item), now, deliver, false);
  return std::nullopt;
}

std::optional<history_want> history_shard::receive(const peer&, history_part&& x, time_point now,
                                                   const delivery& deliver) {
  const auto found = origins_.find(life_of(x.who.name, x.who.incarnation));
  if (found == origins_.end() || found->first == own_ || found->second.applied != x.from)
    return std::nullopt; // the answer to a former request
  auto& log = found->second;
  log.has_asked = false;
  std::set<std::string> unknown; // topics of which this node has had no log of that life
  for (const auto& item : x.items)
    if (const auto* topic = find(item.topic); topic == nullptr || topic->find(found->first) == nullptr)
      unknown.insert(item.topic);
  for (auto& item : x.items) {
    const bool is_unknown = unknown.contains(item.topic);
    take(log, std::move(item), now, deliver, is_unknown);
  }
  for (const auto& one : x.dropped)
    take(log, one, now);
  log.applied = x.to;
  return x.to < x.end ? want(log) : std::nullopt;
}

// What was published before this node started is kept for clients that come back. Of those that have joined since, only
// they get it who follow that log already.
void history_shard::take(origin& from, history_item&& x, time_point now, const delivery& deliver, bool is_unknown) {
  from.applied = x.number;
  const auto* bounds = bounds_(x.topic);
  auto* topic = bounds != nullptr ? find_or_add(x.topic, *bounds) : nullptr;
  history_place at;
  at.life = life_of(from.who.name, from.who.incarnation);
  at.number = x.number;
  at.seq = x.seq;
  at.start = x.start;
  at.when = now - x.age;
  auto what = caf::make_counted<broadcast>(std::move(x.topic), std::move(x.event), std::move(x.body));
  at.is_old = is_unknown && at.when < started_;
  if (topic == nullptr && at.when >= started_)
    deliver(bounds != nullptr ? unkept(std::move(what)) : broadcast_ptr{std::move(what)});
  if (topic == nullptr)
    return;
  if (x.seq <= topic->record_of(at.life, x.start).last)
    return;
  deliver(append(from, *topic, std::move(what), at, now));
}

void history_shard::take(const origin& from, const history_part::skipped& x, time_point now) {
  const auto* bounds = bounds_(x.topic);
  if (auto* topic = bounds != nullptr ? find_or_add(x.topic, *bounds) : nullptr)
    topic->skip({life_of(from.who.name, from.who.incarnation), x.start, x.last, x.last, x.number, now - x.age});
}

std::optional<history_part> history_shard::part(const history_want& x, time_point now) const {
  const auto found = origins_.find(life_of(x.who.name, x.who.incarnation));
  if (found == origins_.end())
    return std::nullopt;
  const auto& log = found->second;
  history_part result{log.who, x.applied, log.applied, log.applied, {}, {}};
  size_t bytes = 0;
  for (auto i = log.order.upper_bound(x.applied); i != log.order.end(); ++i) {
    const auto& what = *i->second.what;
    if (bytes > 0 && bytes + topic_history::footprint(what) > max_part) {
      result.to = i->first - 1;
      break;
    }
    bytes += topic_history::footprint(what);
    const auto& at = *what.place;
    if (i->second.topic->is_kept(what))
      result.items.push_back({at.number, at.seq, at.start, age_of(at.when, now), what.topic, what.event, what.body});
  }
  for (const auto& [name, topic] : topics_)
    if (const auto* record = topic->find(found->first))
      if (record->is_empty() && record->number > x.applied && record->number <= result.to)
        result.dropped.push_back({name, record->start, record->last, record->number, age_of(record->when, now)});
  return result;
}

} // namespace bennu::engine
