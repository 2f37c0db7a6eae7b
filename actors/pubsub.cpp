#include <bennu/actors/pubsub.hpp>

#include <memory>
#include <utility>

#include <caf/send.hpp>

#include "actors/cluster/hub/hub_actor.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include <bennu/actors/node.hpp>

namespace bennu {

using namespace engine;

void pubsub::broadcast(std::string topic, std::string event, payload body) {
  const auto x = caf::make_counted<const bennu::broadcast>(std::move(topic), std::move(event), std::move(body));
  to_units(x);
  to_nodes(x);
}

void pubsub::local_broadcast(std::string topic, std::string event, payload body) {
  to_units(caf::make_counted<const bennu::broadcast>(std::move(topic), std::move(event), std::move(body)));
}

void pubsub::direct_broadcast(const std::string& node_name, std::string topic, std::string event, payload body) {
  auto x = caf::make_counted<const bennu::broadcast>(std::move(topic), std::move(event), std::move(body));
  if (node_name == home_.name)
    to_units(x);
  else if (const auto hub = home_.hub.get())
    caf::anon_send(hub, hub_direct{node_name, std::move(x)});
}

void pubsub::broadcast_from_unit(unit_services& here, broadcast_ptr x, reach how_far) {
  here.subscribers.deliver(x);
  for (size_t i = 0; i < home_.unit_count(); ++i)
    if (i != here.index)
      caf::anon_send(home_.unit(i).shard.get(), x);
  if (how_far == reach::cluster)
    to_nodes(x);
}

void pubsub::deliver(std::vector<broadcast_ptr> xs) {
  if (xs.empty())
    return;
  const auto all = std::make_shared<const std::vector<broadcast_ptr>>(std::move(xs));
  for (size_t i = 0; i < home_.unit_count(); ++i)
    caf::anon_send(home_.unit(i).shard.get(), broadcasts{all});
}

void pubsub::to_units(const broadcast_ptr& x) {
  for (size_t i = 0; i < home_.unit_count(); ++i)
    caf::anon_send(home_.unit(i).shard.get(), x);
}

void pubsub::to_nodes(const broadcast_ptr& x) {
  if (home_.clustered())
    caf::anon_send(home_.hub.get(), x);
}

// Plain subscribers live on the first unit: every broadcast passes through each unit's table once.
void pubsub::subscribe(const std::string& topic, const caf::actor& subscriber) {
  caf::anon_send(home_.unit(0).shard.get(), subscribe_actor{topic, subscriber});
}

void pubsub::unsubscribe(const std::string& topic, const caf::actor& subscriber) {
  caf::anon_send(home_.unit(0).shard.get(), unsubscribe_actor{topic, subscriber});
}

} // namespace bennu
