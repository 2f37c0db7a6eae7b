#include "actors/json/printable.hpp"

#include <algorithm>

#include "actors/json/utf8.hpp"

namespace bennu::engine {

namespace {

// The bytes of the well-formed character at the front; 0: there is none.
size_t character_bytes(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80)
    return 1;
  const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  return text.size() >= size && is_utf8(text.substr(0, size)) ? size : 0;
}

// Whether a well-formed character controls a terminal or the order of a text.
bool steers(std::string_view character) noexcept {
  const auto byte = [character](size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1)
    return byte(0) < 0x20 || byte(0) == 0x7F;
  if (character.size() == 2)
    return (byte(0) == 0xC2 && byte(1) < 0xA0)      // U+0080 to U+009F
           || (byte(0) == 0xD8 && byte(1) == 0x9C); // U+061C
  if (character.size() != 3 || byte(0) != 0xE2)
    return false;
  if (byte(1) == 0x80) // U+200E, U+200F and U+2028 to U+202E
    return byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xA8 && byte(2) <= 0xAE);
  return byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9; // U+2066 to U+2069
}

std::string escaped(std::string_view bytes) {
  constexpr auto digits = "0123456789abcdef";
  if (bytes == "\n")
    return "\\n";
  std::string result;
  for (const auto c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    result += "\\x";
    result += digits[byte >> 4U];
    result += digits[byte & 0xFU];
  }
  return result;
}

void append(std::string& to, std::string_view text, size_t max_bytes, size_t whole_bytes, bool quotes) {
  const auto begin = to.size();
  size_t taken = 0;
  while (taken < text.size()) {
    const auto size = character_bytes(text.substr(taken));
    const auto character = text.substr(taken, std::max<size_t>(size, 1));
    std::string shown{character};
    if (size == 0 || steers(character))
      shown = escaped(character);
    else if (quotes && (character == "\"" || character == "\\"))
      shown.insert(0, 1, '\\');
    if (to.size() - begin + shown.size() > max_bytes)
      break;
    taken += character.size();
    to += shown;
  }
  if (taken < text.size() || whole_bytes != 0)
    to += "…(" + std::to_string(whole_bytes != 0 ? whole_bytes : text.size()) + " bytes)";
}

} // namespace

std::string printable(std::string_view text, size_t max_bytes, size_t whole_bytes) {
  std::string result;
  append(result, text, max_bytes, whole_bytes, false);
  return result;
}

std::string quoted(std::string_view text, size_t max_bytes, size_t whole_bytes) {
  std::string result = "\"";
  append(result, text, max_bytes, whole_bytes, true);
  return result += '"';
}

} // namespace bennu::engine
