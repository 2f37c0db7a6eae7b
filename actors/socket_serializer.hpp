#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

#include <bennu/actors/fwd.hpp>
#include <bennu/actors/payload.hpp>

namespace bennu {

/// One message between a client and its channels. Source: Phoenix.Socket.Message, Phoenix.Socket.Reply.
struct socket_message {
  json join_ref;      ///< of the client's join; null in a broadcast. A string for official clients, or any JSON value
  json ref;           ///< of what the client asks, and of the reply to it; of a broadcast its position; else null
  std::string topic;  ///< UTF-8
  std::string event;  ///< UTF-8; `phx_reply` in a reply
  payload body;       ///< in a reply the response
  std::string status; ///< `ok` or `error` in a reply, else empty
};

/// A message as a client sends and receives it: what a WebSocket frame carries (RFC 6455 §5.6).
struct encoded_message {
  bool is_binary = false; ///< whether the frame is binary; otherwise it is text
  std::string bytes;      ///< UTF-8 unless it is binary
};

/// Why a client's message cannot be read.
struct unreadable_message {
  std::string why; ///< in words, for a serializer that builds on another, and for tests; the client does not receive it
};

/// A wire format of the application's own, for clients whose messages differ from those of the official client. An
/// endpoint offers it to the clients that ask for its version (`endpoint::serializer`), over WebSockets and long
/// polling. Often it treats a few messages itself and leaves the others to `v2()`:
///
///     std::variant<socket_message, unreadable_message> decode(bool is_binary, std::string_view bytes) const override {
///       return is_binary ? read_my_frame(bytes) : v2().decode(is_binary, bytes);
///     }
///
/// Over long polling a binary message is text: the standard base64 of its bytes (RFC 4648 §4), in both directions.
///
/// What it returns is checked: topic and event of a message are UTF-8, its body is JSON or binary, and an encoded text
/// is UTF-8. When it breaks that, or throws, only the connection whose message it handled is closed, with 1011 and the
/// reason "serializer failed"; a broadcast that it cannot encode closes the connections that use it and were to receive
/// it. Each failure is the telemetry event `serializer.failed {} {socket, text}`, and a log line.
///
/// Thread safety: one instance serves all connections. Any thread may call it, several at the same time.
/// Source: Phoenix.Socket.Serializer.
class socket_serializer {
public:
  virtual ~socket_serializer() = default;

  /// Reads a message of a client. `event` is `phx_join`, `phx_leave`, `heartbeat` (topic `phoenix`) or one of the
  /// application's. The client's bytes may be anything.
  /// @returns the message, whose `status` is ignored, or why the bytes are none. Then a WebSocket is closed with 1011,
  /// and a long-polling POST is answered 400.
  virtual std::variant<socket_message, unreadable_message> decode(bool is_binary, std::string_view bytes) const = 0;

  /// Writes a message to a client: a reply (with a `status`), a push (with a `join_ref`), a broadcast (without one), or
  /// the end of a channel (`phx_close` or `phx_error`, with a `ref`). A broadcast is encoded once for all clients.
  /// @returns nothing when the format cannot express the message: then a push throws `std::invalid_argument` in its
  /// channel, a reply becomes the error `{"reason":"the reply cannot be encoded"}`, and the clients of this format miss
  /// a broadcast.
  virtual std::optional<encoded_message> encode(const socket_message& message) const = 0;

  /// The format of version 1.0.0 of the official client, to build upon: JSON objects, and bytes as base64. A topic that
  /// is no string is read as an empty one. It is never destroyed.
  static const socket_serializer& v1();

  /// The format of version 2.0.0 of the official client, to build upon: JSON arrays, and binary frames. A topic that is
  /// no string is read as an empty one. It is never destroyed.
  static const socket_serializer& v2();
};

} // namespace bennu
