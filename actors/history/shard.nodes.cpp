// What a shard of history exchanges with those of other nodes.
#include <algorithm>
#include <utility>

#include <caf/make_counted.hpp>

#include "actors/history/shard.hpp"

namespace bennu::engine {

namespace {

using std::chrono::milliseconds;

// A message between nodes takes less. So two nodes that tell each other when they last heard of a third one do not make
// that time later and later.
constexpr auto longest_way = std::chrono::seconds{30};

milliseconds age_of(history_place::time_point when, history_place::time_point now) {
  return std::max(std::chrono::duration_cast<milliseconds>(now - when), milliseconds{0});
}

} // namespace

// A node that connects with a new life has lost its former one, so that one no longer counts as connected.
void history_shard::peer_up(const peer& who, time_point now) {
  for (auto& [life, x] : origins_)
    if (x.who.name == who.name && std::exchange(x.is_connected, false))
      x.heard = now;
  auto& x = origin_of(who, now);
  x.is_connected = true;
  x.asked_at.reset();
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

std::optional<history_want> history_shard::want(origin& x, time_point now) {
  if (x.asked_at && now < *x.asked_at + answered_within)
    return std::nullopt;
  x.asked_at = now;
  return history_want{x.who, x.applied};
}

// A node may answer for another one that is lost, or that only this node has lost.
std::vector<history_want> history_shard::receive(const peer& from, const history_have& x, time_point now) {
  std::vector<history_want> result;
  for (const auto& log : x.logs) {
    const auto life = life_of(log.who.name, log.who.incarnation);
    const auto known = origins_.find(life);
    if (life == own_)
      continue;
    auto& one = known != origins_.end() ? known->second : origin_of(log.who, now - log.silent);
    if (from == log.who && !one.before)
      one.before = log.applied;
    if (!one.is_connected && now - log.silent > one.heard + longest_way)
      one.heard = now - log.silent;
    if (log.applied <= one.applied || (one.is_connected && from != one.who))
      continue;
    one.offered = std::max(one.offered, log.applied);
    if (auto request = want(one, now))
      result.push_back(std::move(*request));
  }
  return result;
}

std::optional<history_want> history_shard::receive(const peer& from, history_next&& x, time_point now,
                                                   const delivery& deliver) {
  auto& log = origin_of(from, now);
  if (x.item.number <= log.applied)
    return std::nullopt;
  if (x.item.number != log.applied + 1)
    return want(log, now);
  take(log, std::move(x.item), false, now, deliver);
  return std::nullopt;
}

std::optional<history_want> history_shard::receive(const peer&, history_part&& x, time_point now,
                                                   const delivery& deliver) {
  const auto found = origins_.find(life_of(x.who.name, x.who.incarnation));
  if (found == origins_.end() || found->first == own_ || found->second.applied != x.from)
    return std::nullopt; // the answer to a former request
  auto& log = found->second;
  log.asked_at.reset();
  take(log, x.floors, now, deliver);
  for (auto& item : x.items)
    take(log, std::move(item), true, now, deliver);
  for (const auto& one : x.dropped)
    take(log, one, now, deliver);
  log.applied = x.to;
  return x.to < x.end ? want(log, now) : std::nullopt;
}

// What was published before this node started is kept for clients that come back. Of those that have joined since, only
// they get it who follow that log already.
void history_shard::take(origin& from, history_item&& x, bool is_in_part, time_point now, const delivery& deliver) {
  from.applied = x.number;
  history_place at;
  at.life = from.life;
  at.number = x.number;
  at.seq = x.seq;
  at.start = x.start;
  at.when = now - x.age;
  at.is_old = is_old(from, x.number, at.when);
  from.is_news = !at.is_old;
  const auto* bounds = bounds_(x.topic);
  if (bounds == nullptr && (at.is_old || x.is_unreadable))
    return;
  if (x.is_unreadable)
    return take(from, history_part::skipped{x.topic, x.start, x.seq, x.number, x.age}, now, deliver);
  auto what = caf::make_counted<broadcast>(std::move(x.topic), std::move(x.event), std::move(x.body));
  what->trace = std::move(x.trace);
  if (bounds == nullptr)
    return deliver(what);
  auto& topic = find_or_add(what->topic, *bounds);
  const auto* log = topic.find(at.life);
  if (log != nullptr && x.seq <= log->last)
    return;
  // Without a gap in the numbers nothing is missing: the publisher has forgotten its log of the topic, and begun anew.
  const auto begins = x.seq == x.start + 1 && (log == nullptr || log->last == x.start);
  if (is_in_part && !begins && (log == nullptr || x.seq != log->last + 1))
    missed(from, what->topic, x.seq - 1, at.is_old, deliver);
  deliver(append(from, topic, std::move(what), at, now));
}

// The topic is kept without a message, so that all nodes forget its log at the same time: their floors have to be the
// same.
void history_shard::take(origin& from, const history_part::skipped& x, time_point now, const delivery& deliver) {
  const auto* bounds = bounds_(x.topic);
  if (bounds == nullptr)
    return;
  const auto when = now - x.age;
  auto& topic = find_or_add(x.topic, *bounds);
  if (const auto* log = topic.find(from.life); log != nullptr && log->last >= x.last)
    return;
  topic.skip({from.life, x.start, x.last, x.last, x.number, when});
  missed(from, x.topic, x.last, is_old(from, x.number, when), deliver);
}

// It is not known which of the topics with that floor was forgotten; so it could be any that has no later message.
void history_shard::take(origin& from, const std::vector<history_part::floor>& all, time_point now,
                         const delivery& deliver) {
  if (all.empty())
    return;
  std::vector<const history_part::floor*> raised(floor_count);
  for (const auto& x : all)
    if (x.index < floor_count) {
      raised[x.index] = &x;
      raise_floor(from, x.index, {x.seq, x.number, now - x.age});
    }
  for (auto& topic : topics_) {
    const auto* x = raised[floor_index(topic.hash())];
    const auto* log = topic.find(from.life);
    if (x == nullptr || log == nullptr || log->last >= x->seq)
      continue;
    topic.forget_log(from.life, [this](const broadcast& y) { dropped(y, false); });
  }
  for (auto i = readers_.begin(); i != readers_.end();) {
    const auto& name = (i++)->first; // `deliver` may let its last reader leave
    const auto* x = raised[floor_index(topic_hash(name))];
    const auto* topic = x != nullptr ? find(name) : nullptr;
    if (x != nullptr && (topic == nullptr || topic->find(from.life) == nullptr))
      missed(from, name, x->seq, is_old(from, x->number, now - x->age), deliver);
  }
}

void history_shard::missed(const origin& from, const std::string& topic, uint64_t seq, bool is_old,
                           const delivery& deliver) {
  if (readers_.contains(topic))
    deliver(gap_in(topic, from.life, seq, ++gaps_, is_old));
}

// Whether a message of another node, or a gap up to it, is from before this node started. Times of other nodes are not
// exact, and a clock may jump; so they decide only about what was published before the two nodes met. Once a new
// message of a publisher has arrived, all later ones are new, too.
bool history_shard::is_old(const origin& from, uint64_t number, time_point when) const noexcept {
  return !from.is_news && when < started_ && (!from.before || number <= *from.before);
}

bool history_shard::has_caught_up() const noexcept {
  bool is_any_connected = false;
  for (const auto& [life, x] : origins_) {
    if (x.applied < x.offered || (x.is_connected && !x.before))
      return false;
    is_any_connected = is_any_connected || x.is_connected;
  }
  return is_any_connected;
}

std::optional<history_part> history_shard::part(const history_want& x, time_point now) const {
  const auto found = origins_.find(life_of(x.who.name, x.who.incarnation));
  if (found == origins_.end() || x.applied > found->second.applied)
    return std::nullopt;
  const auto& log = found->second;
  history_part result{log.who, x.applied, log.applied, log.applied, {}, {}, {}};
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
      result.items.push_back(
        {at.number, at.seq, at.start, age_of(at.when, now), what.topic, what.event, what.body, false});
  }
  add_skipped(result, found->first, now);
  for (size_t i = 0; i < log.floors.size(); ++i)
    if (const auto& one = log.floors[i]; one.number > x.applied && one.number <= result.to)
      result.floors.push_back({i, one.seq, one.number, age_of(one.when, now)});
  return result;
}

// The topics whose newest message is within the part and is no longer kept, and not more bytes of them than a part has.
void history_shard::add_skipped(history_part& to, life_id life, time_point now) const {
  std::vector<std::pair<const topic_history*, const history_record*>> all;
  for (const auto& topic : topics_)
    if (const auto* record = topic.find(life))
      if (record->is_empty() && record->number > to.from && record->number <= to.to)
        all.emplace_back(&topic, record);
  std::sort(all.begin(), all.end(), [](auto& x, auto& y) { return x.second->number < y.second->number; });
  size_t bytes = 0;
  for (const auto& [topic, record] : all) {
    if (bytes > max_part) {
      to.to = record->number - 1;
      break;
    }
    bytes += topic->name().size() + sizeof(history_part::skipped);
    to.dropped.push_back({topic->name(), record->start, record->last, record->number, age_of(record->when, now)});
  }
  std::erase_if(to.items, [&](const history_item& x) { return x.number > to.to; });
}

} // namespace bennu::engine
