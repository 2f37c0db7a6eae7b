#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include "actors/wire/frame.hpp"
#include <bennu/actors/fwd.hpp>
#include <bennu/actors/payload.hpp>

namespace bennu::engine {

/// A reference as the JSON text that the client sent (`"1"`, `15`, `null`), so that the echo has the same type.
using raw_ref = std::string;

/// One message from a client.
struct client_message {
  raw_ref join_ref = "null";
  raw_ref ref = "null";
  raw_ref topic_text = "\"\""; ///< the topic as JSON text; replies echo it
  std::string topic;           ///< the topic if it is a string, else empty
  std::string event;           ///< the event if it is a string, else empty: then no handler matches, as in Phoenix
  payload body;

  /// The memory that the message occupies, approximately.
  size_t size_bytes() const noexcept {
    return sizeof(client_message) + topic.size() + topic_text.size() + event.size() + body.bytes().size();
  }
};

/// Why a client's frame was refused. The connection is closed with 1011.
struct decode_error {
  std::string text;              ///< what is wrong and where, for logs
  bool is_of_serializer = false; ///< an application's serializer has failed; the frame may be right
};

/// Thrown when an application sends a message that the format cannot express: a join_ref, topic or event of more than
/// 255 bytes in a binary frame, or a topic or event that is not valid UTF-8.
class encode_error : public std::invalid_argument {
public:
  using std::invalid_argument::invalid_argument;
};

/// A wire format: one of the two of Phoenix Channels, or one of the application's (`application_serializer`). It has no
/// state; any thread may use it.
///
/// When an application's serializer fails to encode a message, the result is the frame of a close; see `is_failure`.
///
/// The arguments `join_ref`, `ref` and `topic_text` are JSON text as `decode` returns it; `topic`, `event` and `status`
/// are plain strings. Source: Phoenix.Socket.V1.JSONSerializer and Phoenix.Socket.V2.JSONSerializer of Phoenix 1.8.
class serializer {
public:
  virtual ~serializer() = default;

  /// Decodes the body of one text or binary message.
  virtual std::variant<client_message, decode_error> decode(opcode kind, std::string_view body) const = 0;

  /// Encodes a `phx_reply`. A binary `response` becomes a binary frame in v2, and the text of `text_of_bytes` in v1. A
  /// binary frame cannot hold a ref or topic of more than 255 bytes; then the client gets the status `error` with a
  /// reason instead.
  virtual frame_ptr reply(std::string_view join_ref, std::string_view ref, std::string_view topic_text,
                          std::string_view status, const payload& response) const = 0;

  /// Encodes a message of a channel to its client.
  /// @throws encode_error
  virtual frame_ptr push(std::string_view join_ref, std::string_view topic, std::string_view event,
                         const payload& body) const = 0;

  /// Encodes a message to all subscribers of a topic. It has no join_ref, so that all of them share one frame.
  /// @throws encode_error
  virtual frame_ptr broadcast(std::string_view topic, std::string_view event, const payload& body) const = 0;

  /// The same with a position as its ref; a binary frame of v2 has no room for it. `position` is ASCII without quotes
  /// and backslashes.
  /// @throws encode_error
  virtual frame_ptr broadcast_at(std::string_view position, std::string_view topic, std::string_view event,
                                 const payload& body) const = 0;

  /// Encodes the `phx_close` or `phx_error` of a channel. Its ref is the join_ref that the client sent (`null` if it
  /// sent none), in v1 too. REQUIRES: `body` is JSON.
  virtual frame_ptr channel_end(std::string_view join_ref, std::string_view topic_text, std::string_view event,
                                const payload& body) const = 0;
};

/// The two serializers. The references stay valid until the program ends.
const serializer& serializer_v1();
const serializer& serializer_v2();

/// The serializer that a client selects with its parameter `vsn`: `1.0.x` or `2.0.x`. A client without `vsn`
/// (`std::nullopt`) gets v1.
/// @returns null for any other version, also when it is empty or malformed.
const serializer* serializer_for(std::optional<std::string_view> vsn);

} // namespace bennu::engine
