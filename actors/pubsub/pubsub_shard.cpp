#include "actors/pubsub/pubsub_shard.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include "actors/pubsub/hub_messages.hpp"
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

bool pubsub_lane::put_in_order(broadcast_ptr x) {
  std::lock_guard guard{mutex_};
  waiting_.push_back(std::move(x));
  return waiting_.size() == 1;
}

// One that throws is not tried again; those behind it are delivered the next time.
void pubsub_lane::deliver_in_order() {
  for (;;) {
    if (delivered_ == delivering_.size()) {
      delivering_.clear();
      delivered_ = 0;
      std::lock_guard guard{mutex_};
      if (waiting_.empty())
        return;
      std::swap(waiting_, delivering_);
    }
    const auto x = std::move(delivering_[delivered_++]);
    deliver(x, x->place != nullptr);
  }
}

void pubsub_lane::deliver(const broadcast_ptr& x, bool is_placed) const {
  const auto reach = [&] { return is_placed ? subscribers.deliver_placed(x) : subscribers.deliver(x); };
  auto* hub = telemetry::listening(system, frequent_event::broadcast_delivered);
  if (hub == nullptr) {
    reach();
    return;
  }
  const auto begin = system.clock().now();
  const auto reached = static_cast<int64_t>(reach());
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(system.clock().now() - begin).count();
  hub->emit(frequent_event::broadcast_delivered,
            {{"duration_us", took}, {"subscribers", reached}, {"unit", static_cast<int64_t>(index)}},
            {{"topic", x->topic}, {"event", x->event}});
  if (x->trace)
    x->trace->delivered(reached);
}

void broadcaster::report(broadcast& x) const {
  auto* hub = telemetry::listening(first_lane().system, frequent_event::broadcast);
  if (hub == nullptr)
    return;
  hub->emit(frequent_event::broadcast, {{"bytes", static_cast<int64_t>(x.body.bytes().size())}},
            {{"topic", x.topic}, {"event", x.event}});
  if (const auto* by = hub->tracer())
    x.trace = trace_of_published(*by, {x.topic, x.event, x.body.bytes().size()}, lanes_.size());
}

std::shared_ptr<broadcast_trace> broadcaster::trace_received(const traced_message& x, const trace_context& parent,
                                                             std::string_view from) const {
  if (!parent.is_valid())
    return nullptr;
  const auto* by = telemetry::tracer_of(first_lane().system);
  return by != nullptr ? trace_of_received(*by, x, lanes_.size(), parent, from) : nullptr;
}

void broadcaster::keep_history(history_store& x, topic_pattern pattern, const history& bounds,
                               std::vector<std::string> live_events) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365}; // so that no sum overflows
  histories_ = &x;
  with_history_.push_back({std::move(pattern), bounds, std::move(live_events)});
  with_history_.back().bounds.age = std::min(bounds.age, longest);
}

const broadcaster::topics_with_history* broadcaster::find_history(std::string_view topic) const noexcept {
  for (const auto& x : with_history_)
    if (x.pattern.matches(topic))
      return &x;
  return nullptr;
}

const history* broadcaster::history_for(std::string_view topic, std::string_view event) const noexcept {
  const auto* found = histories_ != nullptr ? find_history(topic) : nullptr;
  if (found == nullptr
      || std::find(found->live_events.begin(), found->live_events.end(), event) != found->live_events.end())
    return nullptr;
  return &found->bounds;
}

void broadcaster::in_order(const broadcast_ptr& x, const pubsub_lane* here) const {
  for (auto* lane : lanes_)
    if (lane->put_in_order(x) && lane != here)
      caf::anon_send(lane->shard.get(), placed_broadcasts{});
}

void broadcaster::to_units(const broadcast_ptr& x) const {
  for (auto* lane : lanes_)
    caf::anon_send(lane->shard.get(), x);
}

void broadcaster::to_nodes(const broadcast_ptr& x) const {
  if (clustered_)
    caf::anon_send(hub_.get(), x);
}

void broadcaster::to_node(const std::string& name, broadcast_ptr x) const {
  if (name == node_name_)
    to_units(x);
  else if (const auto hub = hub_.get())
    caf::anon_send(hub, hub_direct{name, std::move(x)});
}

void broadcaster::from_unit(pubsub_lane& here, const broadcast_ptr& x, reach how_far) const {
  here.deliver(x);
  for (auto* lane : lanes_)
    if (lane != &here)
      caf::anon_send(lane->shard.get(), x);
  if (how_far == reach::cluster)
    to_nodes(x);
}

void broadcaster::deliver(std::vector<broadcast_ptr> xs) const {
  if (xs.empty())
    return;
  const auto all = std::make_shared<const std::vector<broadcast_ptr>>(std::move(xs));
  for (auto* lane : lanes_)
    caf::anon_send(lane->shard.get(), broadcasts{all});
}

void broadcaster::scan(const topic_scan::query& what, const std::function<void(const topic_scan&)>& then) const {
  for (auto* lane : lanes_)
    caf::anon_send(lane->shard.get(),
                   scan_topics{std::make_shared<scan_topics::state>(scan_topics::state{topic_scan{what}, {}, then})});
}

pubsub_shard_actor::pubsub_shard_actor(caf::actor_config& config, pubsub_lane& lane)
  : process(config, lane.unit), lane_(lane) {
  set_down_handler([this](caf::down_msg& x) {
    topics_of_.erase(x.source);
    lane_.subscribers.remove(x.source);
  });
}

std::string pubsub_shard_actor::label() const {
  return "pubsub shard " + std::to_string(lane_.index);
}

caf::behavior pubsub_shard_actor::make_behavior() {
  lane_.subscribers.each_actor([this](const caf::actor& x) { watch(x); }); // those of the actor before this one
  send(this, placed_broadcasts{});                                         // which it may not have delivered
  return {
    [this](const broadcast_ptr& x) { lane_.deliver(x); },
    [this](const broadcasts& x) {
      for (const auto& one : *x.all)
        lane_.deliver(one);
    },
    [this](placed_broadcasts) { lane_.deliver_in_order(); },
    [this](const subscribe_actor& x) { subscribe(x); },
    [this](const unsubscribe_actor& x) { unsubscribe(x); },
    [this](const scan_topics& x) { scan(x); },
  };
}

void pubsub_shard_actor::subscribe(const subscribe_actor& x) {
  if (lane_.subscribers.add(x.topic, x.subscriber))
    watch(x.subscriber);
}

// 2,000 topics take about 100 µs.
void pubsub_shard_actor::scan(const scan_topics& x) {
  constexpr size_t step = 2'000;
  if (lane_.subscribers.scan(x.scan->result, x.scan->at, step))
    send(this, x);
  else
    x.scan->then(x.scan->result);
}

// CAF counts monitors and sends one down message for each, so that there must be only one per subscriber.
void pubsub_shard_actor::watch(const caf::actor& who) {
  if (topics_of_[who.address()]++ == 0)
    monitor(who);
}

void pubsub_shard_actor::unsubscribe(const unsubscribe_actor& x) {
  const auto known = topics_of_.find(x.subscriber.address());
  if (!lane_.subscribers.remove(x.topic, x.subscriber.address()) || known == topics_of_.end() || --known->second > 0)
    return;
  topics_of_.erase(known);
  demonitor(x.subscriber);
}

child_spec pubsub_shard(pubsub_lane& lane) {
  return registered_in(lane.shard, child<pubsub_shard_actor>("shard " + std::to_string(lane.index), std::ref(lane)));
}

} // namespace bennu::engine
