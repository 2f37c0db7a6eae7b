#include "apps/chat/name_rules.hpp"

#include <algorithm>

namespace chat {

namespace {

constexpr size_t max_room_bytes = 64;

std::optional<std::string> complaint_about_chars(std::string_view text, size_t max_bytes) {
  if (text.empty())
    return "can't be blank";
  if (text.size() > max_bytes)
    return "should be at most " + std::to_string(max_bytes) + " character(s)";
  if (!std::all_of(text.begin(), text.end(), is_name_char))
    return "may hold letters, digits, _ and - only";
  return std::nullopt;
}

// Bytes of the invisible character at the start of `text`, or 0. The text is valid UTF-8.
size_t invisible_prefix(std::string_view text) noexcept {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  if (byte(0) <= 0x20 || byte(0) == 0x7f)
    return 1;
  if (byte(0) == 0xc2 && byte(1) == 0xa0)
    return 2;
  if (byte(0) == 0xe3 && byte(1) == 0x80 && byte(2) == 0x80)
    return 3;
  if (byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf)
    return 3;
  if (byte(0) != 0xe2)
    return 0;
  const bool space = byte(1) == 0x80 && (byte(2) <= 0x8f || (byte(2) >= 0xa8 && byte(2) <= 0xaf));
  const bool format = byte(1) == 0x81 && byte(2) >= 0xa0 && byte(2) <= 0xaf;
  return space || format ? 3 : 0;
}

} // namespace

std::optional<std::string> complaint_about_name(std::string_view name) {
  return complaint_about_chars(name, max_name_bytes);
}

std::optional<std::string> complaint_about_password(std::string_view password) {
  if (password.size() < 8)
    return "should be at least 8 bytes";
  if (password.size() > 1024)
    return "should be at most 1024 bytes";
  return std::nullopt;
}

std::optional<std::string> complaint_about_room_id(std::string_view id) {
  return complaint_about_chars(id, max_room_bytes);
}

std::optional<std::string> complaint_about_room_name(std::string_view name) {
  if (is_blank(name))
    return "can't be blank";
  if (name.size() > max_room_bytes)
    return "should be at most " + std::to_string(max_room_bytes) + " bytes";
  return std::nullopt;
}

bool is_blank(std::string_view text) noexcept {
  while (!text.empty()) {
    auto n = invisible_prefix(text);
    if (n == 0)
      return false;
    text.remove_prefix(std::min(n, text.size()));
  }
  return true;
}

} // namespace chat
