#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <caf/ref_counted.hpp>

#include <bennu/actors/socket.hpp>

#include "actors/wire/frame.hpp"

namespace bennu::engine {

/// The connection to a client as actors see it: frames leave through it.
///
/// The implementations are in `transport/` (WebSocket, long polling) and in test kits.
///
/// Thread safety: none. A session, its connection and its channels live on one io unit; all calls come from the
/// thread of that unit.
class session : public caf::ref_counted {
public:
  ~session() override = default;

  /// Queues `x`. All frames that are queued in one turn of the event loop leave together, in the order of the calls.
  /// Over the bound of the outbox the policy of the endpoint decides (close, drop oldest, conflate). Does nothing
  /// after `close`.
  virtual void send(frame_ptr x) = 0;

  /// Like `send`, for frames that must never be dropped: replies to heartbeats and leaves, closes of channels.
  virtual void send_control(frame_ptr x) = 0;

  /// Ends the session: the queued frames leave, then a close frame with `code` (RFC 6455 §7.4). It takes effect after
  /// the current handler, so that it may be called while a broadcast iterates over the subscribers. Idempotent.
  virtual void close(uint16_t code, std::string_view reason) = 0;

  /// Enough of the client's messages are handled: if reading was paused, it continues.
  virtual void resume_reading() = 0;

  /// True while so much waits for the client that its events should wait too. `connection::on_drained` ends that.
  virtual bool congested() const noexcept = 0;

  /// How many bytes of messages wait to be sent.
  virtual size_t waiting_bytes() const noexcept { return 0; }

  /// False after `close`, and when the peer has disconnected.
  virtual bool is_open() const noexcept = 0;

  virtual transport_kind kind() const noexcept = 0;
};

using session_ptr = caf::intrusive_ptr<session>;

} // namespace bennu::engine
