#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include <bennu/actors/global_names.hpp>
#include <bennu/actors/limits.hpp>
#include <bennu/actors/presence.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/blocking_pool.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process_groups.hpp>

namespace bennu::engine {
struct node_parts;
} // namespace bennu::engine

namespace bennu {

/// The options of a node.
struct node_options {
  /// Identifies this life of the node; 0: a random number.
  uint64_t incarnation = 0;

  /// The options of presence, the same on every node of a cluster.
  presence_options presence{};

  /// How many bytes the histories of all topics may hold together (`channel_options::history`). Beyond it the oldest
  /// messages are dropped.
  /// 256 MiB: as much as the joins, and as the inboxes.
  size_t history_total_bytes = size_t{256} << 20;

  /// How long clients that come back with a position wait for the answer to their join, at most, on a node that has
  /// just started and does not yet have the histories of the nodes that it is linked to; 0: they do not wait. Other
  /// joins never wait. See apps/guide/history.md.
  /// 2 s: the first link is up after some hundred milliseconds, and official clients wait 10 s for an answer.
  std::chrono::milliseconds history_catch_up = std::chrono::seconds{2};

  /// What the joins of all clients may hold.
  join_limits joins{};

  /// What the messages of all clients may hold.
  inbox_limits inboxes{};

  /// The pool for `channel::blocking`.
  /// 64 threads: so many that a slow service delays few channels, and few enough to be affordable.
  blocking_pool_options blocking{.name = "blocking", .threads = 64, .max_queued = 10'000};

  /// Whether the texts of crashes are sent to clients. For development only, because they may contain secrets.
  bool dev_mode = false;
};

/// One node: its pubsub, its presence, the names that it shares with other nodes, and the supervisors of its
/// connections and channels. Most programs use the one of an `application`.
///
/// Create it before the supervision tree and destroy it after the tree. Thread safety: any thread may call the
/// functions; each part that they return documents its own.
class node {
public:
  /// Pins the actors of connections and channels to `units`. With an empty list they are not pinned (virtual time).
  node(caf::actor_system& in, std::string called, const std::vector<caf::execution_unit*>& units = {},
       node_options options = {});
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  caf::actor_system& system() const noexcept; ///< the actor system that the constructor was given
  const std::string& name() const noexcept;   ///< unique within a cluster

  pubsub& topics() const noexcept;             ///< its topics: broadcasts, subscriptions and histories
  bennu::presence& presences() const noexcept; ///< who is present, on all nodes

  /// The names that all nodes know.
  global_names& names() const noexcept;

  /// The groups of actors that all nodes know.
  const process_groups& groups() const noexcept;

  /// The pool on which `channel::blocking` runs its tasks.
  blocking_pool& blocking() const noexcept;

  /// How many connections are open.
  size_t connections() const noexcept;

  /// The names of the other nodes that are connected now, in order. `nodes_topic` tells of changes: who subscribes
  /// first and then asks misses none.
  std::vector<std::string> connected_nodes() const;

  /// Whether the node is part of a cluster.
  bool is_clustered() const noexcept;

  /// The children for the root of the supervision tree: pubsub (with the hub of a cluster), the blocking pool,
  /// presence, and the supervisors of connections and channels (one of each per io unit).
  /// @throws std::logic_error at a second call: a node is part of one tree.
  std::vector<child_spec> children();

  /// The engines of the node, for programs that measure or extend Bennu itself.
  engine::node_parts& parts() const noexcept { return *parts_; }

private:
  std::unique_ptr<engine::node_parts> parts_;
};

} // namespace bennu
