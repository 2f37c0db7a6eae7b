#pragma once

#include <memory>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/pubsub/pubsub_lane.hpp"
#include "supervision/lookup/actor_slot.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/pubsub.hpp>

namespace bennu::engine {

/// To the hub: a broadcast for one node.
struct hub_direct {
  std::string to;
  broadcast_ptr message;
};

/// Carries the broadcasts of one node: to the lane of each io unit, and to the hub, which passes them on to the other nodes.
///
/// Thread safety: constant once the supervision tree runs; then any thread may use it.
class broadcaster {
public:
  /// `hub` holds the node's hub once the node is part of a cluster. REQUIRES: it outlives this.
  broadcaster(std::string node_name, const actor_slot& hub) : node_name_(std::move(node_name)), hub_(hub) {}

  /// From now on broadcasts go to the hub too. REQUIRES: the supervision tree has not started.
  void join_cluster() noexcept { clustered_ = true; }

  /// Adds the lane of the next io unit. REQUIRES: `lane` outlives the supervision tree.
  void add(pubsub_lane& lane) { lanes_.push_back(&lane); }

  /// The lane on which plain subscribers live: every broadcast passes through each lane once.
  pubsub_lane& first_lane() const noexcept { return *lanes_.front(); }

  /// To the subscribers on this node.
  void to_units(const broadcast_ptr& x) const;

  /// To the subscribers on all other nodes.
  void to_nodes(const broadcast_ptr& x) const;

  /// To the subscribers on the node of that name, this one or another.
  void to_node(const std::string& name, broadcast_ptr x) const;

  /// From an actor of the unit that `here` belongs to: its own subscribers are served before the call returns.
  void from_unit(pubsub_lane& here, const broadcast_ptr& x, reach how_far = reach::cluster) const;

  /// To the subscribers on this node, several at once; they keep their order.
  void deliver(std::vector<broadcast_ptr> xs) const;

private:
  const std::string node_name_;
  const actor_slot& hub_;
  bool clustered_ = false;
  std::vector<pubsub_lane*> lanes_;
};

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::hub_direct)
