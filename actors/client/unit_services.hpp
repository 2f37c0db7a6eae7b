#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/pubsub/pubsub_lane.hpp"
#include "supervision/lookup/actor_slot.hpp"

namespace bennu {
class blocking_pool;
class presence;
} // namespace bennu

namespace bennu::engine {

class broadcaster;
class connection;

/// What the connections and channels of a node use of it. Outlives them.
///
/// Thread safety: the references are constant; `dev_mode` is set before the first client connects.
struct client_services {
  caf::actor_system& system;
  broadcaster& topics;
  bennu::presence& presences;
  const blocking_pool& blocking;      ///< where channels do what blocks
  std::atomic<size_t> connections{0}; ///< those that are not closed
  bool dev_mode = false;              ///< crash texts reach the clients
};

/// What the connections and channels of one io unit share. Made once per unit, at the start; never moves.
///
/// Thread safety: `live` and `lane.subscribers` belong to the unit's thread; the slots may be read from any.
struct unit_services {
  unit_services(client_services& of_node, caf::execution_unit* on, size_t number) : shared(of_node), lane(on, number) {}

  client_services& shared;
  pubsub_lane lane;
  std::vector<connection*> live; ///< every connection of the unit that is not closed
  actor_slot connections;        ///< dynamic supervisor of the connection actors
  actor_slot channels;           ///< dynamic supervisor of the channel actors
};

} // namespace bennu::engine
