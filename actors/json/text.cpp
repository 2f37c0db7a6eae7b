#include "actors/json/text.hpp"

#include <cstdint>
#include <stdexcept>

#include "actors/json/bytes.hpp"

namespace bennu::engine {

namespace {

// The short escape of a control character, or 0.
char short_escape(char c) {
  switch (c) {
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '"':
    case '\\':
      return c;
    default:
      return 0;
  }
}

void append_escape(std::string& out, char c) {
  if (const auto letter = short_escape(c)) {
    out += '\\';
    out += letter;
    return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u00";
  out += digits[static_cast<unsigned char>(c) >> 4];
  out += digits[static_cast<unsigned char>(c) & 15U];
}

void append_escaped(std::string& out, std::string_view value) {
  const auto* pos = value.data();
  const auto* end = pos + value.size();
  while (pos != end) {
    const auto* plain = json_bytes::skip_plain(pos, end);
    out.append(pos, plain);
    if (plain == end)
      return;
    pos = plain;
    if (static_cast<unsigned char>(*pos) < 0x80) {
      append_escape(out, *pos++);
      continue;
    }
    const auto length = json_bytes::utf8_length(pos, end);
    if (length == 0)
      throw std::invalid_argument("a string for JSON must be valid UTF-8; byte " + std::to_string(pos - value.data())
                                  + " is not");
    out.append(pos, length);
    pos += length;
  }
}

void append_utf8(std::string& out, uint32_t point) {
  const auto put = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80)
    return put(point);
  if (point < 0x800) {
    put(0xC0 | point >> 6);
  } else {
    if (point < 0x10000) {
      put(0xE0 | point >> 12);
    } else {
      put(0xF0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3F));
    }
    put(0x80 | (point >> 6 & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

uint32_t hex4(std::string_view digits) {
  uint32_t result = 0;
  for (const char c : digits.substr(0, 4))
    result = result * 16 + static_cast<uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  return result;
}

// Decodes the escape at the front of `raw`, and returns how long it was.
size_t append_unescaped(std::string& out, std::string_view raw) {
  constexpr std::string_view letters = "bfnrt";
  constexpr std::string_view meanings = "\b\f\n\r\t";
  if (raw[1] != 'u') {
    const auto i = letters.find(raw[1]);
    out += i == std::string_view::npos ? raw[1] : meanings[i];
    return 2;
  }
  const auto unit = hex4(raw.substr(2));
  if (unit < 0xD800 || unit > 0xDFFF) {
    append_utf8(out, unit);
    return 6;
  }
  append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (hex4(raw.substr(8)) - 0xDC00));
  return 12;
}

} // namespace

void append_json_string(std::string& out, std::string_view value) {
  out += '"';
  append_escaped(out, value);
  out += '"';
}

std::string json_string(std::string_view value) {
  std::string result;
  result.reserve(value.size() + 2);
  append_json_string(result, value);
  return result;
}

std::string_view escape_json(std::string_view value, std::string& scratch) {
  const auto* end = value.data() + value.size();
  if (json_bytes::skip_plain(value.data(), end) == end)
    return value;
  scratch.clear();
  append_escaped(scratch, value);
  return scratch;
}

std::string decode_json_string(std::string_view raw) {
  raw = raw.substr(1, raw.size() - 2);
  std::string result;
  result.reserve(raw.size());
  while (!raw.empty()) {
    const auto plain = raw.substr(0, raw.find('\\'));
    result += plain;
    raw.remove_prefix(plain.size());
    if (!raw.empty())
      raw.remove_prefix(append_unescaped(result, raw));
  }
  return result;
}

bool is_utf8(std::string_view text) noexcept {
  const auto* end = text.data() + text.size();
  for (const auto* pos = json_bytes::skip_plain(text.data(), end); pos != end; pos = json_bytes::skip_plain(pos, end)) {
    const auto length = json_bytes::utf8_length(pos, end);
    if (length == 0)
      return false;
    pos += length;
  }
  return true;
}

} // namespace bennu::engine
