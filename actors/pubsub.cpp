#include <bennu/actors/pubsub.hpp>

#include <utility>

#include <caf/send.hpp>

#include "actors/pubsub/pubsub_shard.hpp"

namespace bennu {

using namespace engine;

namespace {

broadcast_ptr made_of(std::string topic, std::string event, payload body) {
  return caf::make_counted<const broadcast>(std::move(topic), std::move(event), std::move(body));
}

} // namespace

void pubsub::broadcast(std::string topic, std::string event, payload body) {
  const auto x = made_of(std::move(topic), std::move(event), std::move(body));
  by_.to_units(x);
  by_.to_nodes(x);
}

void pubsub::local_broadcast(std::string topic, std::string event, payload body) {
  by_.to_units(made_of(std::move(topic), std::move(event), std::move(body)));
}

void pubsub::direct_broadcast(const std::string& node_name, std::string topic, std::string event, payload body) {
  by_.to_node(node_name, made_of(std::move(topic), std::move(event), std::move(body)));
}

void pubsub::subscribe(const std::string& topic, const caf::actor& subscriber) {
  caf::anon_send(by_.first_lane().shard.get(), subscribe_actor{topic, subscriber});
}

void pubsub::unsubscribe(const std::string& topic, const caf::actor& subscriber) {
  caf::anon_send(by_.first_lane().shard.get(), unsubscribe_actor{topic, subscriber});
}

} // namespace bennu
