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

/// A reference as the client sent it: JSON text, so that its type is echoed (`"1"`, `15`, `null`).
using raw_ref = std::string;

/// One message from a client.
struct client_message {
  raw_ref join_ref = "null";
  raw_ref ref = "null";
  raw_ref topic_text = "\"\""; ///< the topic as JSON text, echoed in replies
  std::string topic;           ///< the topic when it is a string; empty otherwise
  std::string event;           ///< empty when it is no string: no handler has that name, as in Phoenix
  payload body;

  /// What it takes to keep it, about.
  size_t size_bytes() const noexcept {
    return sizeof(client_message) + topic.size() + topic_text.size() + event.size() + body.bytes().size();
  }
};

/// Why a client's frame was refused. The connection is closed with 1011.
struct decode_error {
  std::string text; ///< for logs: what is wrong and where
};

/// Thrown where the application asks for a message that the format cannot express: a join_ref, topic
/// or event of more than 255 bytes in a binary frame, an event that is not valid UTF-8.
class encode_error : public std::invalid_argument {
public:
  using std::invalid_argument::invalid_argument;
};

/// One of the two wire formats of Phoenix Channels. Stateless; any thread may use it.
/// `join_ref`, `ref` and `topic_text` are JSON text as `decode` hands it out; `topic`, `event` and
/// `status` are plain. Source: Phoenix.Socket.V1.JSONSerializer, Phoenix.Socket.V2.JSONSerializer
/// of Phoenix 1.8.
class serializer {
public:
  virtual ~serializer() = default;

  /// Decodes the body of one text or binary message.
  virtual std::variant<client_message, decode_error> decode(opcode kind, std::string_view body) const = 0;

  /// `phx_reply`. A binary `response` makes a binary frame, in v1 the text of `text_of_bytes`. Where that
  /// cannot be (a ref or topic chosen by the client that is longer than 255 bytes) the client gets the status
  /// `error` with a reason instead.
  virtual frame_ptr reply(std::string_view join_ref, std::string_view ref, std::string_view topic_text,
                          std::string_view status, const payload& response) const = 0;

  /// A message of one channel to its own client.
  /// @throws encode_error
  virtual frame_ptr push(std::string_view join_ref, std::string_view topic, std::string_view event,
                         const payload& body) const = 0;

  /// A message to all subscribers of a topic: carries no join_ref, so one frame serves all.
  /// @throws encode_error
  virtual frame_ptr broadcast(std::string_view topic, std::string_view event, const payload& body) const = 0;

  /// `phx_close` or `phx_error` of a channel. The ref is the join_ref, in v1 too: pass the one that
  /// the client sent, `null` if it sent none. REQUIRES: `body` is JSON.
  virtual frame_ptr channel_end(std::string_view join_ref, std::string_view topic_text, std::string_view event,
                                const payload& body) const = 0;
};

/// The serializers. They live as long as the program.
const serializer& serializer_v1();
const serializer& serializer_v2();

/// The serializer that a client asks for by `vsn`: `1.0.x` and `2.0.x` are known, and no `vsn` at
/// all
/// (`std::nullopt`) means v1.
/// @returns null for anything else; an empty or malformed version is refused too.
const serializer* serializer_for(std::optional<std::string_view> vsn);

} // namespace bennu::engine
