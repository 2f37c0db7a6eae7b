#pragma once

#include <cstddef>

#include <caf/fwd.hpp>

namespace bennu::engine {

/// How many bytes of messages wait to be sent to the client of a channel. REQUIRES: `self` is the actor of a channel,
/// and the caller runs in it.
size_t unsent_bytes(const caf::event_based_actor& self);

} // namespace bennu::engine
