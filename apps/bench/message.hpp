#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bennu::bench {

/// A frame of serializer v2, `[join_ref, ref, topic, event, payload]`: each element as the JSON
/// text it came as.
struct message_view {
  std::string_view join_ref;
  std::string_view ref;
  std::string_view topic; ///< with its quotes
  std::string_view event; ///< with its quotes
  std::string_view payload;
};

/// Cuts a frame into its elements without parsing them. Nothing when it is not an array of five.
std::optional<message_view> cut(std::string_view text);

/// The text of a message from a client. `topic` and `event` need no escapes.
std::string write_message(std::string_view join_ref, std::string_view ref, std::string_view topic,
                          std::string_view event, std::string_view payload);

/// The unsigned integer that follows `"key":` in a JSON text, blanks allowed; nothing when there is
/// none.
std::optional<uint64_t> number_in(std::string_view json, std::string_view quoted_key);

} // namespace bennu::bench
