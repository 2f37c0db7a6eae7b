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

} // namespace bennu::engine::json_bytes
