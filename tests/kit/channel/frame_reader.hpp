#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace bennu::engine {

/// A message as a client of serializer v2 understands it. A binary payload is a `json::binary` value.
struct received_message {
  nlohmann::json join_ref;
  nlohmann::json ref;
  std::string topic;
  std::string event;
  nlohmann::json payload;
};

/// Reads one frame that the server sent. Source: Phoenix.Socket.V2.JSONSerializer; the official client's
/// `serializer.js`.
/// @throws std::runtime_error when it is none.
received_message read_frame(bool is_binary, std::string_view body);

} // namespace bennu::engine
