#include "actors/pubsub/subscriber_table.hpp"

#include <algorithm>

#include <caf/send.hpp>

#include "actors/client/channel_join.hpp"
#include "actors/client/channel_route.hpp"
#include "actors/client/connection.hpp"
#include "actors/presence/batch.hpp"
#include "actors/wire/serializer.hpp"

namespace bennu::engine {

namespace {

// Removes xs[slot] by moving the last element there; `slot_of` returns the reference in which an element stores its
// index.
template <class T, class SlotOf>
void swap_remove(std::vector<T*>& xs, size_t slot, SlotOf slot_of) noexcept {
  xs[slot] = xs.back();
  slot_of(*xs[slot]) = static_cast<uint32_t>(slot);
  xs.pop_back();
}

void send_encoded(channel_join& to, const broadcast& x) {
  if (const auto& bytes = x.encoded(to.owner().format()))
    to.owner().session().send(bytes);
}

// A client that knows a part of this diff of presences is told the rest, with the first of the diffs that it belongs
// to.
bool deliver_rest(channel_join& to, const broadcast& x) {
  const auto* client = to.known_presences();
  if (client == nullptr || !x.batch->is_known_in_part(*client))
    return false;
  if (x.batch_index == 0)
    for (const auto& body : x.batch->rest(*client))
      to.owner().session().send(to.owner().format().broadcast(x.topic, x.event, body));
  return true;
}

} // namespace

void subscriber_table::forget_if_empty(topic_map::iterator i) noexcept {
  if (i->second.empty())
    topics_.erase(i);
}

void subscriber_table::add(channel_join& x) {
  auto& joins = topics_[x.topic()].joins;
  x.subscription_slot = static_cast<uint32_t>(joins.size());
  joins.push_back(&x);
}

void subscriber_table::remove(channel_join& x) noexcept {
  auto i = topics_.find(x.topic());
  if (i == topics_.end())
    return;
  swap_remove(i->second.joins, x.subscription_slot, [](channel_join& y) -> uint32_t& { return y.subscription_slot; });
  forget_if_empty(i);
}

void subscriber_table::add(connection& x) {
  auto& connections = topics_[x.id()].connections;
  x.id_slot = static_cast<uint32_t>(connections.size());
  connections.push_back(&x);
}

void subscriber_table::remove(connection& x) noexcept {
  auto i = topics_.find(x.id());
  if (i == topics_.end())
    return;
  swap_remove(i->second.connections, x.id_slot, [](connection& y) -> uint32_t& { return y.id_slot; });
  forget_if_empty(i);
}

bool subscriber_table::add(const std::string& topic, const caf::actor& x) {
  auto& actors = topics_[topic].actors;
  if (std::find(actors.begin(), actors.end(), x) != actors.end())
    return false;
  actors.push_back(x);
  return true;
}

bool subscriber_table::remove(const std::string& topic, const caf::actor_addr& x) noexcept {
  auto i = topics_.find(topic);
  if (i == topics_.end())
    return false;
  const auto removed = std::erase_if(i->second.actors, [&](const caf::actor& y) { return y.address() == x; });
  forget_if_empty(i);
  return removed > 0;
}

void subscriber_table::remove(const caf::actor_addr& x) noexcept {
  for (auto i = topics_.begin(); i != topics_.end();) {
    auto here = i++;
    std::erase_if(here->second.actors, [&](const caf::actor& y) { return y.address() == x; });
    forget_if_empty(here);
  }
}

size_t subscriber_table::deliver(const broadcast_ptr& x) const {
  auto i = topics_.find(x->topic);
  if (i == topics_.end())
    return 0;
  auto& [joins, connections, actors] = i->second;
  for (auto* join : joins) {
    if (join == x->from || (x->batch && deliver_rest(*join, *x)))
      continue;
    if (join->route().intercepts(x->event))
      join->intercept(x->event, x->body);
    else
      send_encoded(*join, *x);
  }
  for (auto* one : connections)
    if (x->event == "disconnect")
      one->kicked();
  for (auto& one : actors)
    caf::anon_send(one, x);
  return joins.size() + connections.size() + actors.size();
}

} // namespace bennu::engine
