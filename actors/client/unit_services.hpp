#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/client/join_budget.hpp"
#include "actors/client/shares.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include "supervision/lookup/current_actor.hpp"

namespace bennu {
class blocking_pool;
class presence;
} // namespace bennu

namespace bennu::engine {

class broadcaster;
class connection;

/// The parts of a node that its connections and channels use. Outlives them.
///
/// Thread safety: the references are constant; `dev_mode` is set before the first client connects.
struct client_services {
  caf::actor_system& system;
  broadcaster& topics;
  bennu::presence& presences;
  const blocking_pool& blocking;            ///< runs the blocking work of channels
  join_budget joins{{}};                    ///< the joins of all clients
  share_table ids{};                        ///< the connections of each `socket::id()`
  std::atomic<size_t> connections{0};       ///< how many are open
  std::atomic<uint64_t> last_connection{0}; ///< the number of the newest one
  std::atomic<size_t> waiting_bytes{0};     ///< of messages that wait, besides the first of each connection
  size_t max_waiting_bytes = inbox_limits{}.max_bytes;
  bool dev_mode = false; ///< the texts of crashes are sent to clients
};

/// What the connections and channels of one io unit share. Created once per unit at the start; never moves.
///
/// Thread safety: `live` and `lane.subscribers` belong to the unit's thread; any thread may read the actors.
struct unit_services {
  unit_services(client_services& of_node, caf::execution_unit* on, size_t number)
    : shared(of_node), lane(of_node.system, on, number) {}

  client_services& shared;
  pubsub_lane lane;
  std::vector<connection*> live; ///< all open connections of the unit
  current_actor connections;     ///< the dynamic supervisor of the connection actors
  current_actor channels;        ///< the dynamic supervisor of the channel actors
};

} // namespace bennu::engine
