#include "actors/history/store.hpp"

#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/make_counted.hpp>
#include <caf/send.hpp>

#include "actors/pubsub/hub_messages.hpp"

namespace bennu::engine {

history_store::history_store(caf::actor_system& system, const peer& self, const broadcaster& paths,
                             const current_actor& hub, size_t total_bytes)
  : system_(system), paths_(paths), hub_(hub) {
  totals_.max_bytes = total_bytes;
  totals_.share = total_bytes / shard_count;
  for (auto& one : shards_)
    one.content.emplace(
      self, [this](std::string_view topic) { return paths_.history_of(topic); }, totals_, now());
}

history_shard::time_point history_store::now() const {
  return system_.clock().now();
}

history_store::guarded_shard& history_store::shard_of(std::string_view topic) noexcept {
  return shards_[topic_hash(topic) % shard_count];
}

void history_store::publish(caf::intrusive_ptr<broadcast> x, const history& bounds, pubsub_lane* here,
                            uint64_t sender) {
  auto& of_topic = shard_of(x->topic);
  {
    std::lock_guard guard{of_topic.mutex};
    const auto placed = of_topic.content->publish(std::move(x), bounds, sender, now());
    paths_.in_order(placed, here);
    paths_.to_nodes(placed);
  }
  if (here != nullptr)
    here->deliver_in_order();
}

// -- clients ------------------------------------------------------------------

history_answer history_store::join(const std::string& topic, const history& bounds,
                                   const std::optional<history_position>& since, uint64_t reader) {
  auto& of_topic = shard_of(topic);
  std::lock_guard guard{of_topic.mutex};
  return of_topic.content->join(topic, bounds, since, reader, now());
}

void history_store::leave(const std::string& topic) {
  auto& of_topic = shard_of(topic);
  std::lock_guard guard{of_topic.mutex};
  of_topic.content->leave(topic);
}

history_answer history_store::read(const std::string& topic, const std::optional<history_position>& since) {
  auto& of_topic = shard_of(topic);
  std::lock_guard guard{of_topic.mutex};
  return of_topic.content->read(topic, since, now());
}

// -- nodes --------------------------------------------------------------------

void history_store::send(size_t shard, const std::string& to, const history_message& x) {
  const auto hub = hub_.get();
  if (!hub)
    return;
  std::string content;
  append_history_message(content, shard, x);
  caf::anon_send(hub, hub_send{to, parcel_kind::history, std::move(content)});
}

// Everything is handled here, on the hub's thread, so that the messages of a node are taken in order. Only the answers
// to requests, which may be large, are left to the actor.
bool history_store::receive(const peer& from, std::string_view content) {
  auto message = parse_history_message(content);
  if (!message)
    return false;
  const auto number = message->first;
  if (paths_.histories() == nullptr)
    return deliver_without_place(message->second);
  if (number >= shard_count)
    return true;
  if (auto* asked = std::get_if<history_want>(&message->second)) {
    caf::anon_send(actor.get(), history_asked{from, number, std::move(*asked)});
    return true;
  }
  auto& one = shards_[number];
  std::lock_guard guard{one.mutex};
  const history_shard::delivery deliver = [this](const broadcast_ptr& x) { paths_.in_order(x, nullptr); };
  std::vector<history_want> wanted;
  const auto add = [&wanted](std::optional<history_want> x) {
    if (x)
      wanted.push_back(std::move(*x));
  };
  if (auto* next = std::get_if<history_next>(&message->second))
    add(one.content->receive(from, std::move(*next), now(), deliver));
  else if (auto* part = std::get_if<history_part>(&message->second))
    add(one.content->receive(from, std::move(*part), now(), deliver));
  else if (auto* have = std::get_if<history_have>(&message->second))
    wanted = one.content->receive(from, *have, now());
  for (const auto& x : wanted)
    send(number, from.name, x);
  return true;
}

// A node whose routes have no history delivers what comes, and keeps nothing.
bool history_store::deliver_without_place(history_message& x) const {
  if (auto* next = std::get_if<history_next>(&x); next != nullptr && !next->item.is_unreadable)
    paths_.in_order(caf::make_counted<broadcast>(std::move(next->item.topic), std::move(next->item.event),
                                                 std::move(next->item.body)),
                    nullptr);
  return true;
}

void history_store::meet(const caf::actor& hub) {
  caf::anon_send(actor.get(), history_new_hub{hub});
}

void history_store::append_next(std::string& out, const broadcast& x) {
  append_history_next(out, topic_hash(x.topic) % shard_count, x);
}

void history_store::interrupted(const std::string& topic) {
  auto& of_topic = shard_of(topic);
  std::lock_guard guard{of_topic.mutex};
  of_topic.content->interrupted(topic, now());
}

void history_store::peer_up(const peer& who) {
  for (auto& one : shards_) {
    std::lock_guard guard{one.mutex};
    one.content->peer_up(who, now());
  }
  tell_what_it_has(who.name);
}

void history_store::peer_down(const peer& who) {
  for (auto& one : shards_) {
    std::lock_guard guard{one.mutex};
    one.content->peer_down(who, now());
  }
}

void history_store::all_down() {
  for (auto& one : shards_) {
    std::lock_guard guard{one.mutex};
    one.content->all_down(now());
  }
}

void history_store::tell_what_it_has(const std::string& to) {
  for (size_t i = 0; i < shards_.size(); ++i) {
    std::lock_guard guard{shards_[i].mutex};
    send(i, to, shards_[i].content->have(now()));
  }
}

// The answer is sent under the lock, so that the next message of this node follows it without a gap.
void history_store::answer(const peer& from, size_t shard, const history_want& x) {
  std::lock_guard guard{shards_[shard].mutex};
  if (const auto part = shards_[shard].content->part(x, now()))
    send(shard, from.name, *part);
}

// -- time ---------------------------------------------------------------------

void history_store::expire() {
  beats_.fetch_add(1, std::memory_order_relaxed);
  for (auto& one : shards_) {
    std::lock_guard guard{one.mutex};
    one.content->expire(now());
  }
}

history_numbers history_store::numbers() const noexcept {
  const auto read = [](const auto& x) { return x.load(std::memory_order_relaxed); };
  return {read(totals_.topics),  read(totals_.messages), read(totals_.bytes),
          read(totals_.dropped), read(totals_.aged),     read(totals_.gaps)};
}

} // namespace bennu::engine
