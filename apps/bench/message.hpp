#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bennu::bench {

/// A message of serializer v2, `[join_ref, ref, topic, event, payload]`. Each element is its JSON text, unparsed.
struct message_view {
  std::string_view join_ref;
  std::string_view ref;
  std::string_view topic; ///< with its quotes
  std::string_view event; ///< with its quotes
  std::string_view payload;
};

/// Cuts a message into its elements without parsing them.
/// @returns nothing when `text` is not an array of five elements.
std::optional<message_view> cut(std::string_view text);

/// The text of a client's message. REQUIRES: no argument needs an escape in JSON.
std::string write_message(std::string_view join_ref, std::string_view ref, std::string_view topic,
                          std::string_view event, std::string_view payload);

/// The unsigned integer that follows `"key":` in a JSON text; blanks before it are skipped.
/// @returns nothing when there is no such key or no such number.
std::optional<uint64_t> number_in(std::string_view json, std::string_view quoted_key);

/// The payload `{"p":PUBLISHER,"n":NUMBER,"pad":"xxx…"}`. The benchmarks number their messages to notice lost, repeated
/// and reordered ones.
std::string numbered_payload(size_t publisher, uint64_t number, size_t pad_bytes);

} // namespace bennu::bench
