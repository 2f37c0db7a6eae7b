#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chat {

inline constexpr size_t max_name_characters = 32;

/// The characters of user names: letters and digits of any script, `_` and `-`.
bool is_name_character(int code_point) noexcept;

/// A user name as it is stored: typed in one way or another, a letter with an accent is the same letter.
std::string name_form(std::string_view name);

/// The form in which names are compared: without case.
std::string name_key(std::string_view name);

/// What is wrong with a user name, in words for its user; nothing when it may be used. A name is 1 to 32 characters
/// long and keeps to scripts that are written together, so that no name can be made to look like another one by
/// borrowing letters.
/// REQUIRES: `name` has its `name_form`.
std::optional<std::string> complaint_about_name(std::string_view name);

/// The same for a password. It has 8 to 1024 bytes; the maximum limits the cost of hashing.
std::optional<std::string> complaint_about_password(std::string_view password);

/// Likewise for the id of a room or a game: 1-64 ASCII letters, digits, `_` and `-`, since it stands in topics and
/// addresses.
std::optional<std::string> complaint_about_id(std::string_view id);

/// Likewise for the name of a room: one line of 1-64 bytes that shows something and hides nothing.
std::optional<std::string> complaint_about_room_name(std::string_view name);

/// Likewise for a status: one line of at most 64 bytes that hides nothing. It may be empty.
std::optional<std::string> complaint_about_status(std::string_view status);

} // namespace chat
