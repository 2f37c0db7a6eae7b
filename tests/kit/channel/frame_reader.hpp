#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace bennu::engine {

/// A message as a client understands it. A binary payload is a `json::binary` value. In serializer v1 the ends of
/// channels alone have a join_ref.
struct received_message {
  nlohmann::json join_ref;
  nlohmann::json ref;
  std::string topic;
  std::string event;
  nlohmann::json payload;
};

/// Reads one frame that the server sent. A topic that is no string stays as its JSON text. Source:
/// Phoenix.Socket.V2.JSONSerializer; the official client's `serializer.js`.
/// @throws std::runtime_error when it is none.
received_message read_frame(bool is_binary, std::string_view body);

/// The same for Phoenix.Socket.V1.JSONSerializer.
received_message read_frame_v1(std::string_view body);

/// The position in the history of its topic that a message gives its receiver (apps/guide/history.md): that of a
/// broadcast, or of the answer to a join. Empty: it gives none.
std::string position_in(const received_message& x);

} // namespace bennu::engine
