#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "actors/frame.hpp"
#include "actors/fwd.hpp"
#include "actors/payload.hpp"

namespace bennu {

/// A reference as the client sent it: JSON text, so that its type is echoed (`"1"`, `15`, `null`).
using raw_ref = std::string;

/// One message from a client.
struct client_message {
  raw_ref join_ref = "null";
  raw_ref ref = "null";
  raw_ref topic_text = "\"\""; ///< the topic as JSON text, echoed in replies
  std::string topic;           ///< the topic when it is a string; empty otherwise
  std::string event;
  payload body;
};

/// Why a client's frame was refused. The connection is closed with 1011.
struct decode_error {
  std::string text; ///< for logs: what is wrong and where
};

/// One of the two wire formats of Phoenix Channels. Stateless; any thread may use it.
/// Source: Phoenix.Socket.V1.JSONSerializer, Phoenix.Socket.V2.JSONSerializer of Phoenix 1.8.
class serializer {
public:
  virtual ~serializer() = default;

  /// Decodes the body of one text or binary message.
  virtual std::variant<client_message, decode_error> decode(opcode kind, std::string_view body) const = 0;

  /// `phx_reply`. A binary `response` makes a binary frame (v2 only; v1 answers with an error reply's text).
  virtual frame_ptr reply(std::string_view join_ref, std::string_view ref, std::string_view topic_text,
                          std::string_view status, const payload& response) const = 0;

  /// A message of one channel to its own client.
  virtual frame_ptr push(std::string_view join_ref, std::string_view topic, std::string_view event,
                         const payload& body) const = 0;

  /// A message to all subscribers of a topic: carries no join_ref, so one frame serves all.
  virtual frame_ptr broadcast(std::string_view topic, std::string_view event, const payload& body) const = 0;

  /// `phx_close` or `phx_error` of a channel: ref = join_ref, body `{}` or `body`.
  virtual frame_ptr channel_end(std::string_view join_ref, std::string_view topic_text, std::string_view event,
                                const payload& body) const = 0;
};

/// The serializers. They live as long as the program.
const serializer& serializer_v1();
const serializer& serializer_v2();

/// The serializer that a client asks for by `vsn`: absent means v1; `1.0.x` and `2.0.x` are known.
/// @returns null for anything else, malformed versions included.
const serializer* serializer_for(std::string_view vsn);

} // namespace bennu
