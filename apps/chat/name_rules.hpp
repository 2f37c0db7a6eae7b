#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chat {

/// The characters of user names: letters, digits, `_` and `-`, of ASCII alone, so that no two names look the same.
constexpr bool is_name_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

inline constexpr size_t max_name_bytes = 32;

/// The form in which names are compared: without case.
inline std::string name_key(std::string_view name) {
  std::string key{name};
  for (auto& c : key)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return key;
}

/// What is wrong with a user name, in words for its user; nothing when it may be used.
std::optional<std::string> complaint_about_name(std::string_view name);

/// Likewise for a password. 8 bytes at least; at most 1024, since hashing costs by length.
std::optional<std::string> complaint_about_password(std::string_view password);

/// Likewise for the id of a room: 1-64 of the characters of user names.
std::optional<std::string> complaint_about_room_id(std::string_view id);

/// Likewise for the name of a room: 1-64 bytes, not blank.
std::optional<std::string> complaint_about_room_name(std::string_view name);

/// True for text without a visible character: nothing but ASCII white space and control characters, and U+00A0, U+2000-200F, U+2028-202F,
/// U+2060-206F, U+3000, U+FEFF.
bool is_blank(std::string_view text) noexcept;

} // namespace chat
