#pragma once

#include <cstddef>
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

/// One unfragmented WebSocket frame in a buffer.
struct raw_frame {
  unsigned opcode = 0;      ///< RFC 6455 §5.2
  std::string_view payload; ///< unmasked
  size_t size = 0;          ///< header and payload
};

constexpr unsigned text_frame = 1;
constexpr unsigned close_frame = 8;
constexpr unsigned ping_frame = 9;
constexpr unsigned pong_frame = 10;

/// The frame at the front of `bytes`. Unmasks it in place.
/// @returns nothing when the frame is not complete yet.
std::optional<raw_frame> next_frame(char* bytes, size_t size);

/// Appends a frame as a client sends it, masked.
void append_masked(std::string& out, unsigned opcode, std::string_view payload);

/// Appends a frame as a server sends it.
void append_unmasked(std::string& out, unsigned opcode, std::string_view payload);

/// The request of a client that upgrades to WebSocket. @param target path and query
std::string upgrade_request(std::string_view target);

/// The value of `Sec-WebSocket-Accept` for the client's `key` (RFC 6455 §4.2.2).
std::string accept_of(std::string_view key);

} // namespace bennu::bench
