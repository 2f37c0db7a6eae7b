#pragma once

#include <utility>

#include "actors/client/session.hpp"
#include "actors/wire/close_code.hpp"
#include "transport/io/reports.hpp"
#include "transport/outbox/outbound_queue.hpp"

namespace bennu::engine {

/// The client of `to` does not read: drops all frames of which no part has left and closes the session with 1008.
inline void close_as_too_slow(outbound_queue& outbox, session& to, const caf::actor_system& system) {
  limit_hit(system, "outbox");
  outbox.drop_unsent();
  to.close(close_code::policy_violation, "too slow");
}

/// Queues `x` for the client of `to`. With the policy `overflow::close`, when `x` does not fit, the waiting frames
/// are dropped and the session is closed with 1008.
/// @returns whether `x` was queued.
inline bool push_or_close(frame_ptr x, outbound_queue& outbox, session& to, const caf::actor_system& system) {
  if (outbox.push(std::move(x)))
    return true;
  close_as_too_slow(outbox, to, system);
  return false;
}

/// The same for a control frame, which has no other policy.
inline bool push_control_or_close(frame_ptr x, outbound_queue& outbox, session& to, const caf::actor_system& system) {
  if (outbox.push_control(std::move(x)))
    return true;
  close_as_too_slow(outbox, to, system);
  return false;
}

} // namespace bennu::engine
