#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bennu::engine {

/// Checks UTF-8 (RFC 3629) piece by piece. A value of one byte.
///
/// A piece may end anywhere, also inside a character. The first byte that no valid text could have at its
/// place is refused at once, so that a bad message is stopped before its end arrives (RFC 6455 §8.1).
class utf8_validator {
public:
  /// Takes the next piece. Returns false once the text cannot become valid any more, and ever after.
  bool feed(std::string_view piece) noexcept;

  /// Whether the text may end here: everything so far is valid and no character is unfinished.
  bool complete() const noexcept { return state_ == 0; }

private:
  uint8_t state_ = 0; // an index into the table of states in utf8.cpp
};

/// Whether `text` is valid UTF-8.
bool is_whole_utf8(std::string_view text) noexcept;

/// The longest beginning of `text` of at most `max_bytes` that does not cut a character in two.
/// REQUIRES: `text` is valid UTF-8.
std::string_view utf8_prefix(std::string_view text, size_t max_bytes) noexcept;

} // namespace bennu::engine
