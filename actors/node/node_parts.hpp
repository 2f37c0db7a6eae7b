#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/client/unit_services.hpp"
#include "actors/cluster/calls/node_calls.hpp"
#include "actors/cluster/hub/broadcast_counts.hpp"
#include "actors/cluster/link/link.hpp"
#include "actors/cluster/shared_groups.hpp"
#include "actors/history/store.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include "supervision/lookup/current_actor.hpp"
#include <bennu/actors/global_names.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/presence.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/blocking_pool.hpp>
#include <bennu/supervision/process_groups.hpp>

namespace bennu {
class endpoint;
} // namespace bennu

namespace bennu::engine {

/// The parts of a node. Code that assembles or measures a node may use them; engines only get references to the parts
/// that they use.
///
/// Thread safety: the members are constant once the supervision tree runs.
struct node_parts {
  node_parts(caf::actor_system& in, std::string called, const std::vector<caf::execution_unit*>& on_units,
             node_options options);
  ~node_parts();
  node_parts(const node_parts&) = delete;
  node_parts& operator=(const node_parts&) = delete;

  /// Makes the node part of a cluster. REQUIRES: called before `children`; `x` outlives the supervision tree.
  void join_cluster(cluster_link& x);

  /// The topics of a pattern have history. REQUIRES: called before `children`.
  void keep_history(std::string_view pattern, const history& bounds, std::vector<std::string> live_events = {});

  /// The same for the routes of an endpoint whose options say so.
  void keep_histories(const endpoint& of);

  /// @throws std::logic_error at a second call.
  std::vector<child_spec> children();

  /// The identity of this life of the node.
  peer self() const { return {name, incarnation}; }

  caf::actor_system& system;
  const std::string name;
  const uint64_t incarnation;

  current_actor hub; ///< empty in a node without a cluster
  broadcaster paths;
  history_store histories;
  pubsub topics;
  presence presences;
  global_names names;
  process_groups groups;
  node_calls calls;        ///< questions to other nodes; without a cluster there are no answers
  broadcast_counts counts; ///< survives crashes of the hub
  blocking_pool blocking;
  client_services clients;
  std::vector<std::unique_ptr<unit_services>> units;
  cluster_link* link = nullptr;                 ///< null in a node without a cluster
  std::shared_ptr<shared_groups> groups_of_all; ///< null in a node without a cluster

private:
  bool has_children_ = false;
  std::chrono::milliseconds history_catch_up_{};
};

} // namespace bennu::engine
