#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/pubsub/pubsub_lane.hpp"
#include "supervision/lookup/actor_slot.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/pubsub.hpp>

namespace bennu::engine {

/// Distributes the broadcasts of one node: to the lane of each io unit, and to the hub, which sends them to other
/// nodes.
///
/// Thread safety: constant once the supervision tree runs; then any thread may use it.
class broadcaster {
public:
  /// `hub` will hold the hub of the node when the node is part of a cluster. REQUIRES: it outlives this object.
  broadcaster(std::string node_name, const actor_slot& hub) : node_name_(std::move(node_name)), hub_(hub) {}

  /// From now on the hub receives broadcasts, too. REQUIRES: the supervision tree has not started.
  void join_cluster() noexcept { clustered_ = true; }

  /// Adds the lane of the next io unit. REQUIRES: `lane` outlives the supervision tree.
  void add(pubsub_lane& lane) { lanes_.push_back(&lane); }

  /// The lane of the subscribers that are plain actors. Every broadcast passes each lane once.
  pubsub_lane& first_lane() const noexcept { return *lanes_.front(); }

  /// Sends to the subscribers on this node.
  void to_units(const broadcast_ptr& x) const;

  /// Sends to the subscribers on all other nodes.
  void to_nodes(const broadcast_ptr& x) const;

  /// Sends to the subscribers on the node with that name, which may be this one.
  void to_node(const std::string& name, broadcast_ptr x) const;

  /// Sends on behalf of an actor on the unit of `here`: the subscribers of that unit receive it before the call
  /// returns.
  void from_unit(pubsub_lane& here, const broadcast_ptr& x, reach how_far = reach::cluster) const;

  /// Sends several broadcasts to the subscribers on this node, in order.
  void deliver(std::vector<broadcast_ptr> xs) const;

private:
  const std::string node_name_;
  const actor_slot& hub_;
  bool clustered_ = false;
  std::vector<pubsub_lane*> lanes_;
};

} // namespace bennu::engine
