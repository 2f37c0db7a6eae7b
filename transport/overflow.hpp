#pragma once

#include <utility>

#include "actors/session.hpp"
#include "transport/outbound_queue.hpp"
#include "transport/reports.hpp"

namespace bennu {

/// Queues `x` for the client of `to`. Where the policy is `overflow::close` and there is no room, what has not left is dropped and the
/// session closed with 1008.
/// @returns whether `x` was queued.
inline bool push_or_close(frame_ptr x, outbound_queue& outbox, session& to, const caf::actor_system& system) {
  if (outbox.push(std::move(x)))
    return true;
  limit_hit(system, "outbox");
  outbox.drop_unsent();
  to.close(1008, "too slow");
  return false;
}

} // namespace bennu
