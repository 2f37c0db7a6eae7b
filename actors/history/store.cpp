#include "actors/history/store.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
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
  auto result = of_topic.content->join(topic, bounds, since, reader, now());
  using enum history_refusal;
  if (is_behind_.load(std::memory_order_relaxed) && (result.refusal == unknown_life || result.refusal == forgotten))
    result.refusal = not_caught_up;
  return result;
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
  if (auto* next = std::get_if<history_next>(&message->second); next != nullptr && next->cause.is_valid()) {
    auto& x = next->item;
    x.trace = paths_.trace_received({x.topic, x.event, x.body.bytes().size()}, next->cause, from.name);
  }
  if (paths_.histories() == nullptr)
    return deliver_without_place(message->second);
  if (number >= shard_count)
    return true;
  if (auto* asked = std::get_if<history_want>(&message->second)) {
    caf::anon_send(actor.get(), history_asked{from, number, std::move(*asked)});
    return true;
  }
  take(from, number, message->second);
  if (is_behind_.load(std::memory_order_relaxed))
    ask_whether_caught_up();
  return true;
}

void history_store::take(const peer& from, size_t number, history_message& x) {
  auto& one = shards_[number];
  std::lock_guard guard{one.mutex};
  const history_shard::delivery deliver = [this](const broadcast_ptr& y) { paths_.in_order(y, nullptr); };
  std::vector<history_want> wanted;
  const auto add = [&wanted](std::optional<history_want> one_more) {
    if (one_more)
      wanted.push_back(std::move(*one_more));
  };
  if (auto* next = std::get_if<history_next>(&x))
    add(one.content->receive(from, std::move(*next), now(), deliver));
  else if (auto* part = std::get_if<history_part>(&x))
    add(one.content->receive(from, std::move(*part), now(), deliver));
  else if (auto* have = std::get_if<history_have>(&x))
    wanted = one.content->receive(from, *have, now());
  for (const auto& y : wanted)
    send(number, from.name, y);
}

// A node whose routes have no history delivers what comes, and keeps nothing.
bool history_store::deliver_without_place(history_message& x) const {
  auto* next = std::get_if<history_next>(&x);
  if (next == nullptr || next->item.is_unreadable)
    return true;
  auto what =
    caf::make_counted<broadcast>(std::move(next->item.topic), std::move(next->item.event), std::move(next->item.body));
  what->trace = std::move(next->item.trace);
  paths_.in_order(what, nullptr);
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

// -- a node that starts -------------------------------------------------------

void history_store::catch_up(std::chrono::milliseconds within) {
  catch_up_until_ = now() + within;
  is_behind_ = true;
  is_catching_up_ = within.count() > 0;
}

bool history_store::await_histories(const caf::actor& tell) {
  if (!is_catching_up_.load(std::memory_order_relaxed))
    return false;
  std::lock_guard guard{waiting_mutex_};
  if (!is_catching_up_ || waiting_.size() >= max_waiting_joins)
    return false;
  waiting_.push_back(caf::actor_cast<caf::weak_actor_ptr>(tell));
  return true;
}

std::optional<std::chrono::milliseconds> history_store::left_to_catch_up() const {
  if (!is_catching_up_)
    return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(catch_up_until_ - now());
  return std::max(left, std::chrono::milliseconds{0});
}

void history_store::ask_whether_caught_up() {
  for (auto& one : shards_) {
    std::lock_guard guard{one.mutex};
    if (!one.content->has_caught_up())
      return;
  }
  is_behind_ = false;
  if (const auto tells = actor.get())
    caf::anon_send(tells, history_catch_up_over{}); // not here, since many may wait
}

void history_store::stop_catching_up() {
  std::vector<caf::weak_actor_ptr> all;
  {
    std::lock_guard guard{waiting_mutex_};
    is_catching_up_ = false;
    all.swap(waiting_);
  }
  for (const auto& x : all)
    if (const auto who = x.lock())
      caf::anon_send(caf::actor_cast<caf::actor>(who), history_caught_up{});
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
  history_numbers result{read(totals_.topics),  read(totals_.messages), read(totals_.bytes),
                         read(totals_.dropped), read(totals_.aged),     read(totals_.gaps)};
  std::transform(refused_.begin(), refused_.end(), result.refused.begin(), read);
  return result;
}

} // namespace bennu::engine
