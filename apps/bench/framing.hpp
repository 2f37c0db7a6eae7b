#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bennu::bench {

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

/// The value of `Sec-WebSocket-Accept` for the client's `key` (RFC 6455 §4.2.2).
std::string accept_of(std::string_view key);

} // namespace bennu::bench
