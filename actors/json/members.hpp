#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "actors/json/scanner.hpp"
#include "actors/json/text.hpp"

namespace bennu::engine {

/// Reads one object from `in` and calls `visit(name, raw_name, raw_value)` for each member in order. `name` is the decoded
/// name and valid during the call only.
/// @returns null when the object could be read, else what was expected where the scanner stands (unless the scanner
/// itself reports a problem).
template <class Visitor>
const char* read_json_members(json_scanner& in, Visitor visit) {
  if (!in.accept('{'))
    return "expected an object";
  if (in.accept('}'))
    return nullptr;
  do {
    const auto raw_name = in.string();
    if (!raw_name || !in.accept(':'))
      return "expected ':' after a member's name";
    const auto value = in.value();
    if (!value)
      return "expected a value";
    if (raw_name->find('\\') == std::string_view::npos)
      visit(raw_name->substr(1, raw_name->size() - 2), *raw_name, *value);
    else
      visit(std::string_view{decode_json_string(*raw_name)}, *raw_name, *value);
  } while (in.accept(','));
  return in.accept('}') ? nullptr : "expected ',' or '}'";
}

/// The raw text of the member `name` of a JSON object. When the name occurs twice, the later member counts, as in parsers.
/// @returns nothing when there is no such member, or `text` is no object. REQUIRES: `text` is JSON.
std::optional<std::string_view> find_json_member(std::string_view text, std::string_view name);

/// Sets the member `name` of the object `text` to the JSON `value`; existing members of that name are removed. The other
/// members keep their text, so that numbers keep all digits. Values may be nested to any depth.
/// @returns nothing when `text` is no object. REQUIRES: `text` and `value` are JSON, `name` is UTF-8.
std::optional<std::string> with_json_member(std::string_view text, std::string_view name, std::string_view value);

/// The object `text` without the members of these names. There is no white space between the remaining members.
/// @returns nothing when `text` is no object. REQUIRES: `text` is JSON.
std::optional<std::string> without_json_members(std::string_view text, std::initializer_list<std::string_view> names);

} // namespace bennu::engine
