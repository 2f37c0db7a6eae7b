#include "actors/json/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "actors/json/bytes.hpp"
#include "actors/json/utf8.hpp"

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
    const auto length = utf8_length(pos, end);
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

} // namespace bennu::engine

namespace bennu::engine::json_number {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

const char* skip_digits(const char* pos, const char* end) noexcept {
  return std::find_if_not(pos, end, is_digit);
}

// Saturates at a value far above the length of any text and far below overflow.
int64_t read_exponent(std::string_view digits) noexcept {
  constexpr int64_t limit = int64_t{1} << 60;
  const bool negative = digits.front() == '-';
  int64_t result = 0;
  for (const char c : digits)
    if (is_digit(c))
      result = std::min(limit / 16, result * 10 + (c - '0'));
  return negative ? -result : result;
}

} // namespace

const char* skip(const char* pos, const char* end) noexcept {
  if (pos != end && *pos == '-')
    ++pos;
  if (pos == end || !is_digit(*pos))
    return nullptr;
  pos = *pos == '0' ? pos + 1 : skip_digits(pos, end);
  if (pos != end && *pos == '.') {
    const auto* fraction = ++pos;
    pos = skip_digits(fraction, end);
    if (pos == fraction)
      return nullptr;
  }
  if (pos != end && (*pos == 'e' || *pos == 'E')) {
    ++pos;
    if (pos != end && (*pos == '+' || *pos == '-'))
      ++pos;
    const auto* exponent = pos;
    pos = skip_digits(exponent, end);
    if (pos == exponent)
      return nullptr;
  }
  return pos;
}

bool is_finite(std::string_view number) noexcept {
  // The largest double is 1.797…e308: 309 digits.
  constexpr size_t always_fits = 308;
  constexpr int64_t largest_power = 308;
  const auto e = number.find_first_of("eE");
  if (e == std::string_view::npos && number.size() <= always_fits)
    return true;
  const auto mantissa = number.substr(0, e);
  const auto first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos)
    return true; // zero, with any exponent
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  // The power of ten of the first significant digit decides. Only one power needs a conversion.
  auto power = static_cast<int64_t>(point) - static_cast<int64_t>(first);
  if (power > 0)
    --power;
  if (e != std::string_view::npos)
    power += read_exponent(number.substr(e + 1));
  if (power != largest_power)
    return power < largest_power;
  double value = 0;
  const auto result = std::from_chars(number.data(), number.data() + number.size(), value);
  return result.ec == std::errc{} && std::isfinite(value);
}

bool is_integer(std::string_view number) noexcept {
  return number.find_first_of(".eE") == std::string_view::npos;
}

std::string with_finite_integers(std::string_view text) {
  std::string result;
  const auto* const end = text.data() + text.size();
  bool in_string = false;
  for (const auto* pos = text.data(); pos != end;) {
    const char c = *pos;
    const auto* next = pos + 1;
    if (in_string && c == '\\')
      ++next;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '-' || is_digit(c)))
      next = skip(pos, end);
    const std::string_view piece{pos, static_cast<size_t>(next - pos)};
    const bool is_number = !in_string && piece.size() > 1 && is_integer(piece);
    if (is_number && !is_finite(piece))
      result.append(c == '-' ? "-" : "").append("1.7976931348623157e308");
    else
      result += piece;
    pos = next;
  }
  return result;
}

} // namespace bennu::engine::json_number

namespace bennu::engine {

namespace {

// Appends a member to an object whose closing brace is missing.
void append_member(std::string& object, std::string_view raw_name, std::string_view value) {
  if (object.size() > 1)
    object += ',';
  object += raw_name;
  object += ':';
  object += value;
}

} // namespace

std::optional<std::string_view> find_json_member(std::string_view text, std::string_view name) {
  std::optional<std::string_view> result;
  json_scanner in{text};
  read_json_members(in, [&](std::string_view its_name, std::string_view, std::string_view value) {
    if (its_name == name)
      result = value;
  });
  return result;
}

std::optional<std::string> without_json_members(std::string_view text, std::initializer_list<std::string_view> names) {
  std::string result = "{";
  result.reserve(text.size());
  json_scanner in{text};
  const auto* problem =
    read_json_members(in, [&](std::string_view name, std::string_view raw_name, std::string_view value) {
      if (std::find(names.begin(), names.end(), name) == names.end())
        append_member(result, raw_name, value);
    });
  return problem ? std::nullopt : std::optional{result + '}'};
}

std::optional<std::string> with_json_member(std::string_view text, std::string_view name, std::string_view value) {
  auto result = without_json_members(text, {name});
  if (!result)
    return std::nullopt;
  result->pop_back();
  append_member(*result, json_string(name), value);
  return *result + '}';
}

} // namespace bennu::engine
