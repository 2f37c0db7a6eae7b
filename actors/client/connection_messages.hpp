#pragma once

#include <cstdint>

#include <caf/allowed_unsafe_message_type.hpp>

namespace bennu::engine {

/// Rings at an actor whose inbox is no longer empty.
struct wake {};

/// Closes a connection with 1001: somebody broadcast "disconnect" on its socket's id.
struct disconnect {};

/// The node is going down: channels end, then the connection closes.
struct drain {};

/// The client is gone.
struct socket_closed {};

/// The time at which a client's right to be connected, or the grace after it, ends. Of a former expiry when the number is another.
struct expiry_due {
  uint32_t expiry;
};

/// A channel that deferred its join has had its time.
struct join_overdue {};

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::disconnect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::socket_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::expiry_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::join_overdue)
