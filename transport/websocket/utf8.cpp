#include "transport/websocket/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace bennu::engine {

namespace {

// The allowed next bytes in each state, and the state after them. The second byte of some characters has narrower
// bounds, which exclude overlong forms, surrogates, and code points beyond U+10FFFF (RFC 3629 §4).
struct expectation {
  unsigned char low, high;
  uint8_t next;
};

enum state : uint8_t { start, one_more, two_more, three_more, after_e0, after_ed, after_f0, after_f4, bad };

constexpr expectation expectations[] = {
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

constexpr uint8_t after_first(unsigned char byte) noexcept {
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

const char* skip_ascii(const char* position, const char* end) noexcept {
  constexpr uint64_t high_bits = 0x8080808080808080U;
  uint64_t words[4];
  for (; end - position >= 32; position += 32) {
    std::memcpy(words, position, 32);
    if (((words[0] | words[1] | words[2] | words[3]) & high_bits) != 0)
      break;
  }
  for (; end - position >= 8; position += 8) {
    std::memcpy(words, position, 8);
    if ((words[0] & high_bits) != 0)
      break;
  }
  while (position != end && static_cast<unsigned char>(*position) < 0x80)
    ++position;
  return position;
}

} // namespace

bool utf8_validator::feed(std::string_view piece) noexcept {
  auto now = state_;
  const char* position = piece.data();
  const char* const end = position + piece.size();
  while (position != end && now != bad) {
    if (now == start) {
      position = skip_ascii(position, end);
      if (position == end)
        break;
      now = after_first(static_cast<unsigned char>(*position++));
      continue;
    }
    const auto& expected = expectations[now];
    const auto byte = static_cast<unsigned char>(*position++);
    now = byte >= expected.low && byte <= expected.high ? expected.next : uint8_t{bad};
  }
  state_ = now;
  return now != bad;
}

bool is_whole_utf8(std::string_view text) noexcept {
  utf8_validator validator;
  return validator.feed(text) && validator.complete();
}

std::string_view utf8_prefix(std::string_view text, size_t max_bytes) noexcept {
  auto size = std::min(text.size(), max_bytes);
  if (size < text.size())
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
      --size;
  return text.substr(0, size);
}

} // namespace bennu::engine
