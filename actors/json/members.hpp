#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace bennu::engine {

/// The raw text of the member `name` of a JSON object; of two with one name the later, as when the text is parsed.
/// @returns nothing when there is no such member, or `text` is no object. REQUIRES: `text` is JSON.
std::optional<std::string_view> find_json_member(std::string_view text, std::string_view name);

/// The object `text` with the member `name`, whose value is the JSON `value`, in place of any of that name. Every other member stays as
/// it was written: no number loses a digit, and any depth will do.
/// @returns nothing when `text` is no object. REQUIRES: `text` and `value` are JSON, `name` is UTF-8.
std::optional<std::string> with_json_member(std::string_view text, std::string_view name, std::string_view value);

/// The members of the object `text` but for those of these names, without space between them.
/// @returns nothing when `text` is no object. REQUIRES: `text` is JSON.
std::optional<std::string> without_json_members(std::string_view text, std::initializer_list<std::string_view> names);

} // namespace bennu::engine
