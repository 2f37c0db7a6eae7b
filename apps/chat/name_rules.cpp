#include "apps/chat/name_rules.hpp"

#include <algorithm>

#include "apps/chat/text_rules.hpp"

namespace chat {

namespace {

constexpr size_t max_line_bytes = 64;

constexpr bool is_id_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::string at_most(size_t count, const char* of_what) {
  return "should be at most " + std::to_string(count) + " " + of_what;
}

std::optional<std::string> complaint_about_line(std::string_view text) {
  if (text.size() > max_line_bytes)
    return at_most(max_line_bytes, "bytes");
  if (!is_clean_line(text))
    return "may not hold control characters, ends of lines or invisible characters";
  return std::nullopt;
}

} // namespace

bool is_name_character(int code_point) noexcept {
  return code_point == '_' || code_point == '-' || is_letter_or_digit(code_point);
}

std::string name_form(std::string_view name) {
  return normalized(name);
}

std::string name_key(std::string_view name) {
  return folded(name);
}

std::optional<std::string> complaint_about_name(std::string_view name) {
  if (is_blank(name))
    return "can't be blank";
  if (count_code_points(name) > max_name_characters)
    return at_most(max_name_characters, "character(s)");
  for (auto rest = name; !rest.empty();) {
    const bool first = rest.size() == name.size();
    const int x = take_code_point(rest);
    if (!is_name_character(x) || (first && is_mark(x)))
      return "may hold letters, digits, _ and - only";
  }
  if (mixes_scripts(name))
    return "may not mix letters of scripts that look alike";
  return std::nullopt;
}

std::optional<std::string> complaint_about_password(std::string_view password) {
  if (password.size() < 8)
    return "should be at least 8 bytes";
  if (password.size() > 1024)
    return "should be at most 1024 bytes";
  return std::nullopt;
}

std::optional<std::string> complaint_about_id(std::string_view id) {
  if (id.empty())
    return "can't be blank";
  if (id.size() > max_line_bytes)
    return at_most(max_line_bytes, "character(s)");
  if (!std::all_of(id.begin(), id.end(), is_id_char))
    return "may hold letters of ASCII, digits, _ and - only";
  return std::nullopt;
}

std::optional<std::string> complaint_about_room_name(std::string_view name) {
  if (is_blank(name))
    return "can't be blank";
  return complaint_about_line(name);
}

std::optional<std::string> complaint_about_status(std::string_view status) {
  return complaint_about_line(status);
}

} // namespace chat
