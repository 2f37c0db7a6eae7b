#include "actors/json/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace bennu::engine {

namespace {

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
  using namespace utf8_rules;
  auto now = state_;
  const char* position = piece.data();
  const char* const end = position + piece.size();
  while (position != end && now != bad) {
    const auto byte = static_cast<unsigned char>(*position);
    if (now != start) {
      now = after(now, byte);
      ++position;
    } else if (byte < 0x80) {
      position = skip_ascii(position, end);
    } else if (const auto length = utf8_length(position, end)) {
      position += length;
    } else { // invalid, or cut off by the end of the piece
      now = after_first(byte);
      ++position;
    }
  }
  state_ = now;
  return now != bad;
}

bool is_utf8(std::string_view text) noexcept {
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
