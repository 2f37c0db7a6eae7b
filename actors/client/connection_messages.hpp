#pragma once

#include <cstdint>
#include <exception>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/wire/serializer.hpp"
#include <bennu/actors/reply.hpp>

namespace bennu::engine {

/// A message to a channel: the deferred reply to an event. `reply::none()` means that there will be none.
struct deferred_answer {
  raw_ref ref;
  reply answer;
};

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::deferred_answer)

namespace bennu::engine {

/// Wakes an actor whose inbox is no longer empty.
struct wake {};

/// Closes a connection with 1001, because "disconnect" was broadcast on the id of its socket.
struct disconnect {};

/// The node stops: the channels end, then the connection closes.
struct drain {};

/// The client has disconnected.
struct socket_closed {};

/// The client's right to be connected has expired, or the grace period after that has. The message is obsolete when
/// its number differs from the current one.
struct expiry_due {
  uint32_t expiry;
};

/// Routing a message of the client threw an exception, which crashes the connection's actor.
struct route_failed {
  std::exception_ptr why;
};

/// A channel that deferred its join has not decided in time.
struct join_overdue {};

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::disconnect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::socket_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::expiry_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::route_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::join_overdue)
