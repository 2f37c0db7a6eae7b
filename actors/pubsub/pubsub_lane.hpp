#pragma once

#include <cstddef>

#include <caf/fwd.hpp>

#include "actors/pubsub/subscriber_table.hpp"
#include "supervision/lookup/actor_slot.hpp"

namespace bennu::engine {

/// The part of pubsub on one io unit. Created once per unit at the start; never moves.
///
/// Thread safety: `subscribers` belongs to the thread of the unit; any thread may read the rest.
struct pubsub_lane {
  pubsub_lane(caf::execution_unit* on, size_t number) : unit(on), index(number) {}

  caf::execution_unit* const unit; ///< null when actors are not pinned (virtual time)
  const size_t index;
  subscriber_table subscribers;
  actor_slot shard; ///< receives the broadcasts of other threads
};

} // namespace bennu::engine
