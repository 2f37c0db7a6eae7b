#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

/// Byte-level helpers that reading and writing JSON strings share.
namespace bennu::engine::json_bytes {

/// Examines eight bytes at once. A plain byte stands for itself in a JSON string (see `skip_plain`).
/// @returns a mask; the lowest byte of it whose high bit is set is the first byte of `x` that is not plain.
inline uint64_t special(uint64_t x) noexcept {
  constexpr uint64_t ones = 0x0101010101010101U;
  constexpr uint64_t high = 0x8080808080808080U;
  const auto has_zero = [](uint64_t v) { return (v - ones) & ~v; };
  const auto control = (x - ones * 0x20) & ~x;
  return (x | control | has_zero(x ^ ones * '"') | has_zero(x ^ ones * '\\')) & high;
}

/// Skips the ASCII characters that stand for themselves in a JSON string (RFC 8259 §7).
/// @returns the position of the first quote, backslash, control character or non-ASCII byte, else `end`.
inline const char* skip_plain(const char* pos, const char* end) noexcept {
  for (; end - pos >= 8; pos += 8) {
    uint64_t chunk;
    std::memcpy(&chunk, pos, sizeof(chunk));
    if (const auto mask = special(chunk)) {
      if constexpr (std::endian::native == std::endian::little)
        return pos + std::countr_zero(mask) / 8;
      break;
    }
  }
  while (pos != end) {
    const auto c = static_cast<unsigned char>(*pos);
    if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
      break;
    ++pos;
  }
  return pos;
}

/// The length of the UTF-8 sequence at `pos`; 0 when it is malformed, overlong, a surrogate, beyond U+10FFFF, or
/// incomplete before `end` (RFC 3629 §4). REQUIRES: pos != end.
inline size_t utf8_length(const char* pos, const char* end) noexcept {
  const auto at = [pos](int i) { return static_cast<unsigned char>(pos[i]); };
  const auto tail = [&](int i) { return (at(i) & 0xC0U) == 0x80; };
  const auto first = at(0);
  const auto left = end - pos;
  if (first < 0x80)
    return 1;
  if (first < 0xC2)
    return 0;
  if (first < 0xE0)
    return left >= 2 && tail(1) ? 2 : 0;
  if (first < 0xF0) {
    if (left < 3 || !tail(1) || !tail(2))
      return 0;
    const bool overlong = first == 0xE0 && at(1) < 0xA0;
    const bool surrogate = first == 0xED && at(1) >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (first > 0xF4 || left < 4 || !tail(1) || !tail(2) || !tail(3))
    return 0;
  const bool overlong = first == 0xF0 && at(1) < 0x90;
  const bool beyond = first == 0xF4 && at(1) >= 0x90;
  return overlong || beyond ? 0 : 4;
}

} // namespace bennu::engine::json_bytes
