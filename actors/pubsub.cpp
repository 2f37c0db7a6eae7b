#include <bennu/actors/pubsub.hpp>

#include <stdexcept>
#include <utility>

#include <caf/send.hpp>

#include "actors/history/store.hpp"
#include "actors/pubsub/pubsub_shard.hpp"

namespace bennu {

using namespace engine;

namespace {

caf::intrusive_ptr<broadcast> made_of(std::string topic, std::string event, payload body) {
  return caf::make_counted<broadcast>(std::move(topic), std::move(event), std::move(body));
}

} // namespace

void pubsub::broadcast(std::string topic, std::string event, payload body) {
  const auto x = made_of(std::move(topic), std::move(event), std::move(body));
  by_.report(*x);
  if (const auto* bounds = by_.history_for(x->topic, x->event))
    return by_.histories()->publish(x, *bounds, nullptr);
  by_.to_units(x);
  by_.to_nodes(x);
}

void pubsub::local_broadcast(std::string topic, std::string event, payload body) {
  const auto x = made_of(std::move(topic), std::move(event), std::move(body));
  by_.report(*x);
  by_.to_units(x);
}

void pubsub::direct_broadcast(const std::string& node_name, std::string topic, std::string event, payload body) {
  auto x = made_of(std::move(topic), std::move(event), std::move(body));
  by_.report(*x);
  by_.to_node(node_name, std::move(x));
}

history_page pubsub::history(const std::string& topic, std::string_view since) const {
  if (by_.history_of(topic) == nullptr)
    return {};
  std::optional<history_position> after;
  if (!since.empty())
    after = history_position::repaired(since);
  auto found = by_.histories()->read(topic, after);
  return {std::move(found.missed), std::move(found.position), found.recovered};
}

void pubsub::subscribe(const std::string& topic, const caf::actor& subscriber) {
  if (!subscriber)
    throw std::invalid_argument("no actor can be subscribed to " + topic + ": the handle is empty");
  caf::anon_send(by_.first_lane().shard.get(), subscribe_actor{topic, subscriber});
}

void pubsub::unsubscribe(const std::string& topic, const caf::actor& subscriber) {
  if (!subscriber)
    return;
  caf::anon_send(by_.first_lane().shard.get(), unsubscribe_actor{topic, subscriber});
}

} // namespace bennu
