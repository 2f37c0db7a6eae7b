#pragma once

#include <string>
#include <string_view>

namespace bennu::node_program {

/// Checks the name of an application, which becomes the name of a folder, a program and a CMake target.
/// @returns the name
/// @throws std::invalid_argument with what is allowed: small letters, digits and single underscores, beginning with a
/// letter.
std::string app_name(std::string_view name);

/// The name of a part as it stands in code: `chat_room` for `ChatRoom`, `chat_room`, `ChatRoomChannel` and
/// `chat_room_channel`.
/// @param kind what the part is; the name may end with it, and does not in the result: `channel`
/// @throws std::invalid_argument with what is allowed.
std::string part_name(std::string_view name, std::string_view kind);

} // namespace bennu::node_program
