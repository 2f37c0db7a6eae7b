#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bennu::engine {

/// Checks UTF-8 (RFC 3629) piece by piece. A value of one byte.
///
/// A piece may end anywhere, also within a character. The first byte that is not possible in a valid text is refused
/// immediately, so that an invalid message is refused before its end arrives (RFC 6455 §8.1).
class utf8_validator {
public:
  /// Takes the next piece. @returns false as soon as the text can no longer become valid, and always afterwards.
  bool feed(std::string_view piece) noexcept;

  /// Whether the text may end here: everything is valid and the last character is complete.
  bool complete() const noexcept { return state_ == 0; }

private:
  uint8_t state_ = 0; // an index into the table of states in utf8.cpp
};

/// Whether `text` is valid UTF-8.
bool is_whole_utf8(std::string_view text) noexcept;

/// The longest prefix of `text` with at most `max_bytes` that does not split a character.
/// REQUIRES: `text` is valid UTF-8.
std::string_view utf8_prefix(std::string_view text, size_t max_bytes) noexcept;

} // namespace bennu::engine
