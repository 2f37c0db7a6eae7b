#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bennu::engine {

/// The rules of UTF-8 as a state machine over bytes (RFC 3629 §4). Everything below follows them.
namespace utf8_rules {

enum state : uint8_t { start, one_more, two_more, three_more, after_e0, after_ed, after_f0, after_f4, bad };

/// The allowed next bytes in a state, and the state after them. The second byte of some characters has narrower
/// bounds, which exclude overlong forms, surrogates, and code points beyond U+10FFFF.
struct expectation {
  unsigned char low, high;
  state next;
};

inline constexpr expectation expectations[] = {
  {0x00, 0x7F, start},    // start: ASCII; every other first byte goes through `after_first`
  {0x80, 0xBF, start},    // one_more
  {0x80, 0xBF, one_more}, // two_more
  {0x80, 0xBF, two_more}, // three_more
  {0xA0, 0xBF, one_more}, // after_e0
  {0x80, 0x9F, one_more}, // after_ed
  {0x90, 0xBF, two_more}, // after_f0
  {0x80, 0x8F, two_more}, // after_f4
  {0x01, 0x00, bad},      // bad: nothing may follow
};

/// How many bytes a character has whose first byte leads to a state; 0: there is none.
inline constexpr uint8_t lengths[] = {1, 2, 3, 4, 3, 3, 4, 4, 0};

constexpr state after_first(unsigned char byte) noexcept {
  if (byte < 0x80)
    return start;
  if (byte < 0xC2)
    return bad;
  if (byte < 0xE0)
    return one_more;
  if (byte < 0xF0)
    return byte == 0xE0 ? after_e0 : byte == 0xED ? after_ed : two_more;
  if (byte < 0xF5)
    return byte == 0xF0 ? after_f0 : byte == 0xF4 ? after_f4 : three_more;
  return bad;
}

constexpr state after(state now, unsigned char byte) noexcept {
  const auto& expected = expectations[now];
  return byte >= expected.low && byte <= expected.high ? expected.next : bad;
}

} // namespace utf8_rules

/// Checks UTF-8 piece by piece. A value of one byte.
///
/// A piece may end anywhere, also within a character. The first byte that is not possible in a valid text is refused
/// immediately, so that an invalid message is refused before its end arrives (RFC 6455 §8.1).
class utf8_validator {
public:
  /// Takes the next piece. @returns false as soon as the text can no longer become valid, and always afterwards.
  bool feed(std::string_view piece) noexcept;

  /// Whether the text may end here: everything is valid and the last character is complete.
  bool complete() const noexcept { return state_ == utf8_rules::start; }

private:
  utf8_rules::state state_ = utf8_rules::start;
};

/// Whether `text` is valid UTF-8.
bool is_utf8(std::string_view text) noexcept;

/// The number of bytes of the character at `pos`; 0 when it is invalid, or incomplete before `end`.
/// REQUIRES: pos != end.
inline size_t utf8_length(const char* pos, const char* end) noexcept {
  const auto at = [pos](size_t i) { return static_cast<unsigned char>(pos[i]); };
  const auto is_tail = [&](size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const auto first = utf8_rules::after_first(at(0));
  const size_t length = utf8_rules::lengths[first];
  if (length < 2 || static_cast<size_t>(end - pos) < length)
    return length == 1 ? 1 : 0;
  const auto& second = utf8_rules::expectations[first];
  const bool is_valid =
    at(1) >= second.low && at(1) <= second.high && (length < 3 || is_tail(2)) && (length < 4 || is_tail(3));
  return is_valid ? length : 0;
}

/// The longest prefix of `text` with at most `max_bytes` that does not split a character.
/// REQUIRES: `text` is valid UTF-8.
std::string_view utf8_prefix(std::string_view text, size_t max_bytes) noexcept;

} // namespace bennu::engine
