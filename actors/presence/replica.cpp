#include "actors/presence/replica.hpp"

#include <algorithm>
#include <utility>

namespace bennu::engine {

presence_replica::presence_replica(uint64_t incarnation, const presence_options& options)
  : options_(options), log_(incarnation, options.log) {}

// -- this node's own presences ------------------------------------------------

std::pair<uint64_t, std::string> presence_replica::join(presence_topic topic, presence_key key, const payload& meta,
                                                        uint64_t told_to) {
  const auto entry = log_.join(std::move(topic), std::move(key), meta).entry;
  own_change(true, entry, told_to);
  return {entry.id, entry.meta.ref};
}

std::optional<std::string> presence_replica::update(uint64_t id, const payload& meta, uint64_t told_to) {
  const auto found = log_.entries().find(id);
  if (found == log_.entries().end())
    return std::nullopt;
  const auto before = found->second;
  log_.update(id, meta);
  own_change(false, before, told_to);
  own_change(true, found->second, told_to);
  return found->second.meta.ref;
}

void presence_replica::leave(uint64_t id, uint64_t told_to) {
  const auto found = log_.entries().find(id);
  if (found == log_.entries().end())
    return;
  own_change(false, found->second, told_to);
  log_.leave(id);
}

void presence_replica::own_change(bool joined, const presence_entry& entry, uint64_t told_to) {
  publish({{joined, {0, entry.id}, entry.topic, entry.key, entry.meta, told_to}});
}

void presence_replica::publish(presence_changes changes) {
  for (auto& x : changes) {
    view_.apply(x);
    window_.add(std::move(x));
  }
}

// -- other nodes --------------------------------------------------------------

void presence_replica::peer_up(const peer& who) {
  auto known = others_.find(who.name);
  if (known != others_.end() && known->second.incarnation() != who.incarnation) {
    presence_changes changes;
    known->second.hide(changes);
    publish(std::move(changes));
    others_.erase(known);
    known = others_.end();
  }
  if (known == others_.end())
    known = others_.try_emplace(who.name, who.incarnation, ++origins_, options_).first;
  const auto asked = known->second.up();
  say(who.name, presence_digest{log_.seq(), log_.digest()});
  say(who.name, asked);
}

void presence_replica::peer_down(const peer& who, time_point now) {
  const auto known = others_.find(who.name);
  if (known != others_.end() && known->second.incarnation() == who.incarnation)
    known->second.down(now);
}

void presence_replica::all_down(time_point now) {
  for (auto& [name, x] : others_)
    x.down(now);
}

void presence_replica::receive(const peer& from, const presence_message& x) {
  const auto known = others_.find(from.name);
  if (known == others_.end() || known->second.incarnation() != from.incarnation || !known->second.connected())
    return; // from a life or session that has ended
  if (const auto* asked = std::get_if<presence_want>(&x))
    return answer(from.name, *asked);
  presence_changes changes;
  std::optional<presence_want> wanted;
  if (const auto* digest = std::get_if<presence_digest>(&x))
    wanted = known->second.receive(*digest, changes);
  else if (const auto* ops = std::get_if<presence_ops>(&x))
    wanted = known->second.receive(*ops, changes);
  else if (const auto* part = std::get_if<presence_part>(&x))
    wanted = known->second.receive(*part, changes);
  else
    known->second.hide(changes);
  publish(std::move(changes));
  if (wanted)
    say(from.name, *wanted);
  if (std::holds_alternative<presence_goodbye>(x))
    others_.erase(known);
}

void presence_replica::answer(const std::string& to, const presence_want& x) {
  tell_ops(); // to all nodes first, so that the answer and the next ops for all connect without a gap
  auto ops = x.whole ? std::nullopt : log_.since(x.applied);
  if (!ops)
    return send_snapshot(to);
  if (!ops->empty())
    say(to, presence_ops{std::move(*ops)});
  say(to, presence_digest{log_.seq(), log_.digest()});
}

void presence_replica::send_snapshot(const std::string& to) {
  auto all = log_.snapshot();
  std::vector<presence_part> parts(1);
  size_t bytes = 0;
  for (auto& entry : all.entries) {
    const auto size = entry.topic.size() + entry.key.size() + entry.meta.body.bytes().size() + 64;
    if (bytes + size > options_.max_part_bytes && !parts.back().entries.empty()) {
      parts.emplace_back();
      bytes = 0;
    }
    bytes += size;
    parts.back().entries.push_back(std::move(entry));
  }
  uint32_t index = 0;
  const auto count = static_cast<uint32_t>(parts.size());
  for (auto& part : parts)
    say(to, presence_part{all.seq, index++, count, std::move(part.entries)});
}

void presence_replica::expire(time_point now) {
  presence_changes changes;
  for (auto i = others_.begin(); i != others_.end();)
    i = i->second.expire(now, changes) ? others_.erase(i) : std::next(i);
  publish(std::move(changes));
}

std::optional<presence_replica::time_point> presence_replica::next_deadline() const {
  std::optional<time_point> result;
  for (const auto& [name, x] : others_)
    if (const auto due = x.next_deadline())
      result = result ? std::min(*result, *due) : due;
  return result;
}

// -- what it sends ------------------------------------------------------------

void presence_replica::beat() {
  tell_ops();
  if (!others_.empty())
    say({}, presence_digest{log_.seq(), log_.digest()});
}

void presence_replica::tell_ops() {
  if (told_ == log_.seq())
    return;
  auto ops = others_.empty() ? std::nullopt : log_.since(told_);
  told_ = log_.seq();
  if (ops)
    say({}, presence_ops{std::move(*ops)});
  else if (!others_.empty()) // more changes than the ring holds within one window: the others will ask
    say({}, presence_digest{log_.seq(), log_.digest()});
}

std::vector<presence_outgoing> presence_replica::take_outgoing() {
  tell_ops();
  return std::exchange(outgoing_, {});
}

std::vector<presence_mirror> presence_replica::mirrors() const {
  std::vector<presence_mirror> result;
  for (const auto& [name, one] : others_)
    result.push_back({name, one.connected(), one.behind(), one.mirror().entries().size()});
  return result;
}

} // namespace bennu::engine
