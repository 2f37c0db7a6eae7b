#pragma once

#include <cstddef>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/node/actor_slot.hpp"
#include "actors/pubsub/subscriber_table.hpp"

namespace bennu {
class node;
} // namespace bennu

namespace bennu::engine {

class connection;

/// What the actors of one io unit share. Made once per unit, at the start; never moves.
///
/// Thread safety: `subscribers` belongs to the unit's thread; the slots may be read from any.
struct unit_services {
  unit_services(node& of, caf::execution_unit* on, size_t number) : home(of), unit(on), index(number) {}

  node& home;
  caf::execution_unit* const unit; ///< null where actors are not pinned (virtual time)
  const size_t index;
  subscriber_table subscribers;
  std::vector<connection*> live; ///< every connection of the unit that is not closed
  actor_slot shard;              ///< pubsub's door for broadcasts from other threads
  actor_slot connections;        ///< dynamic supervisor of the connection actors
  actor_slot channels;           ///< dynamic supervisor of the channel actors
};

} // namespace bennu::engine
