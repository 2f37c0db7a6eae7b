#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/pubsub.hpp"
#include "actors/unit_services.hpp"
#include "supervision/blocking_pool.hpp"
#include "supervision/child_spec.hpp"

namespace bennu {

/// One node: the io units and what its actors share.
///
/// Made before the supervision tree, destroyed after it. Thread safety: members are constant after construction.
class node {
public:
  /// A node whose actors are pinned to `units`; an empty list means one lane whose actors are not pinned (virtual time).
  node(caf::actor_system& in, std::string called, const std::vector<caf::execution_unit*>& units);
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  unit_services& unit(size_t i) noexcept { return *units_[i]; }
  size_t unit_count() const noexcept { return units_.size(); }

  /// What every node needs under its root: pubsub, the blocking pool, and the pools of connections and channels (one of each per
  /// io unit).
  std::vector<child_spec> children();

  caf::actor_system& system;
  const std::string name;
  pubsub topics;

  /// Where channels do what blocks. 64 threads: enough for a slow neighbour, few enough to be affordable.
  blocking_pool blocking{{.name = "blocking", .threads = 64, .max_queued = 10'000}};

  /// Connections of the whole node that are not closed.
  std::atomic<size_t> connections{0};

  /// Crash texts reach the clients. For development: they may tell secrets.
  bool dev_mode = false;

private:
  std::vector<std::unique_ptr<unit_services>> units_;
};

} // namespace bennu
