#pragma once

#include <cstdint>
#include <string_view>

#include <caf/ref_counted.hpp>

#include <bennu/actors/socket.hpp>

#include "actors/wire/frame.hpp"

namespace bennu::engine {

/// A client's link as the actors see it: the door through which frames leave.
///
/// Implemented in `transport/` (WebSocket, long polling) and by test kits.
///
/// Thread safety: none. A session, its connection and its channels live on one io unit, and every call comes
/// from that unit's thread.
class session : public caf::ref_counted {
public:
  ~session() override = default;

  /// Queues `x`; it leaves, together with whatever else was queued in this turn of the loop, in the order of
  /// the calls. Over the outbox bound the policy of the endpoint decides (close, drop oldest, conflate).
  /// After `close` it does nothing.
  virtual void send(frame_ptr x) = 0;

  /// As `send`, for what must never be dropped: answers to heartbeats and leaves, closes of channels.
  virtual void send_control(frame_ptr x) = 0;

  /// Ends the session: what is queued leaves, then a close frame with `code` (RFC 6455 §7.4). Takes effect
  /// after the running handler, so it is safe while a broadcast walks over the subscribers. Idempotent.
  virtual void close(uint16_t code, std::string_view reason) = 0;

  /// Enough of the client's messages were handled: reading from it may go on, if it was paused.
  virtual void resume_reading() = 0;

  /// True while so much waits for the client that what it asks had better wait too, until `connection::room_again`.
  virtual bool crowded() const noexcept = 0;

  /// False once `close` was called or the peer is gone.
  virtual bool is_open() const noexcept = 0;

  virtual transport_kind kind() const noexcept = 0;
};

using session_ptr = caf::intrusive_ptr<session>;

} // namespace bennu::engine
