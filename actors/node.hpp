#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/cluster/calls/node_calls.hpp"
#include "actors/cluster/hub/broadcast_counts.hpp"
#include "actors/cluster/link/link.hpp"
#include "actors/node/actor_slot.hpp"
#include "actors/node/unit_services.hpp"
#include <bennu/actors/global_names.hpp>
#include <bennu/actors/presence.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/blocking_pool.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace bennu {

struct node_options {
  /// Which life of the node of that name this is; 0: drawn at random.
  uint64_t incarnation = 0;

  presence_options presence;

  /// 64 threads: enough for a slow neighbour, few enough to be affordable.
  blocking_pool_options blocking{.name = "blocking", .threads = 64, .max_queued = 10'000};
};

/// One node: the io units and what its actors share.
///
/// Made before the supervision tree, destroyed after it. Thread safety: members are constant after construction.
class node {
public:
  /// A node whose actors are pinned to `units`; an empty list means one lane whose actors are not pinned (virtual time).
  node(caf::actor_system& in, std::string called, const std::vector<caf::execution_unit*>& units,
       node_options options = {});
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  engine::unit_services& unit(size_t i) noexcept { return *units_[i]; }
  size_t unit_count() const noexcept { return units_.size(); }

  /// Makes it one of a cluster. REQUIRES: called before `children`; `link` outlives the supervision tree.
  void join_cluster(engine::cluster_link& link) {
    link_ = &link;
    names.join(link);
  }

  bool clustered() const noexcept { return link_ != nullptr; }

  /// How the way to each other node is; nothing for a node by itself.
  std::vector<engine::link_state> link_states() const {
    return link_ == nullptr ? std::vector<engine::link_state>{} : link_->states();
  }

  /// What every node needs under its root: pubsub (with the hub of a cluster), the blocking pool, presence, and the pools of connections
  /// and channels (one of each per io unit).
  std::vector<child_spec> children();

  caf::actor_system& system;
  const std::string name;
  const uint64_t incarnation;
  pubsub topics;
  presence presences;

  /// Pubsub's door to the other nodes; none in a node that stands alone.
  engine::actor_slot hub;

  /// Names that all nodes know.
  global_names names;

  /// Questions to the other nodes; without a cluster there is no answer.
  engine::node_calls calls{hub};

  /// What the hub counts; it outlives the hub's crashes.
  engine::broadcast_counts counts;

  /// Where channels do what blocks.
  blocking_pool blocking;

  /// Connections of the whole node that are not closed.
  std::atomic<size_t> connections{0};

  /// Crash texts reach the clients. For development: they may tell secrets.
  bool dev_mode = false;

private:
  engine::cluster_link* link_ = nullptr;
  std::vector<std::unique_ptr<engine::unit_services>> units_;
};

} // namespace bennu
