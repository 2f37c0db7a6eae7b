#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include <bennu/actors/global_names.hpp>
#include <bennu/actors/presence.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/blocking_pool.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {
struct node_parts;
} // namespace bennu::engine

namespace bennu {

struct node_options {
  /// Which life of the node of that name this is; 0: drawn at random.
  uint64_t incarnation = 0;

  presence_options presence{};

  /// 64 threads: enough for a slow neighbour, few enough to be affordable.
  blocking_pool_options blocking{.name = "blocking", .threads = 64, .max_queued = 10'000};

  /// Crash texts reach the clients. For development: they may contain secrets.
  bool dev_mode = false;
};

/// One node: its pubsub, its presence, the names it shares with the other nodes, and the pools of its connections and channels.
///
/// Made before the supervision tree, destroyed after it. Thread safety: members are constant after construction; what they return
/// says for itself which threads may use it.
class node {
public:
  /// A node whose actors are pinned to `units`; an empty list means actors that are not pinned (virtual time).
  node(caf::actor_system& in, std::string called, const std::vector<caf::execution_unit*>& units = {},
       node_options options = {});
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  caf::actor_system& system() const noexcept;
  const std::string& name() const noexcept;

  pubsub& topics() const noexcept;
  bennu::presence& presences() const noexcept;

  /// Names that all nodes know.
  global_names& names() const noexcept;

  /// The pool on which channels do what blocks.
  blocking_pool& blocking() const noexcept;

  /// How many connections are not closed.
  size_t connections() const noexcept;

  /// Whether the node is part of a cluster.
  bool is_clustered() const noexcept;

  /// What every node needs under its root: pubsub (with the hub of a cluster), the blocking pool, presence, and the pools of connections
  /// and channels (one of each per io unit).
  std::vector<child_spec> children();

  /// For the programs that measure or extend Bennu itself: what the node is made of.
  engine::node_parts& parts() const noexcept { return *parts_; }

private:
  std::unique_ptr<engine::node_parts> parts_;
};

} // namespace bennu
