#include "actors/pubsub/broadcaster.hpp"

#include <utility>

#include <caf/send.hpp>

#include "actors/pubsub/hub_messages.hpp"
#include "actors/pubsub/pubsub_shard.hpp"

namespace bennu::engine {

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
  here.subscribers.deliver(x);
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

} // namespace bennu::engine
