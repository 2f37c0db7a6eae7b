#pragma once

#include <cstdint>
#include <exception>

#include "actors/wire/serializer.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/actors/reply.hpp>

namespace bennu::engine {

/// A message to a channel: the deferred reply to an event. `reply::none()` means that there will be none.
struct deferred_answer {
  using local_message = void;
  raw_ref ref;
  reply answer;
};

/// Wakes an actor whose inbox is no longer empty.
struct wake {
  using local_message = void;
};

/// Closes a connection with 1001, because "disconnect" was broadcast on the id of its socket.
struct disconnect {
  using local_message = void;
};

/// The node stops: the channels end, then the connection closes.
struct drain {
  using local_message = void;
};

/// The client has disconnected.
struct socket_closed {
  using local_message = void;
};

/// The client's right to be connected has expired, or the grace period after that has. The message is obsolete when
/// its number differs from the current one.
struct expiry_due {
  using local_message = void;
  uint32_t expiry;
};

/// Routing a message of the client threw an exception, which crashes the connection's actor.
struct route_failed {
  using local_message = void;
  std::exception_ptr why;
};

/// A channel that deferred its join has not decided in time.
struct join_overdue {
  using local_message = void;
};

} // namespace bennu::engine
