#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "actors/json/scanner.hpp"

namespace bennu::engine {

/// Appends `value` as a JSON string with quotes. Escapes only what RFC 8259 §7 demands.
/// @throws std::invalid_argument if `value` is not valid UTF-8.
void append_json_string(std::string& out, std::string_view value);

/// `value` as a JSON string with quotes. Throws like `append_json_string`.
std::string json_string(std::string_view value);

/// `value` as it stands between the quotes of a JSON string. The result views `value` if nothing in it needs an escape,
/// else `scratch`. Throws like `append_json_string`.
std::string_view escape_json(std::string_view value, std::string& scratch);

/// The text that a JSON string represents, in UTF-8. REQUIRES: `raw` is a valid JSON string with quotes, as
/// `json_scanner::string()` returns it.
std::string decode_json_string(std::string_view raw);

/// Appends the compact JSON text of `value`. Unlike `value.dump()` it is not recursive, so that deep values cannot
/// overflow the stack.
/// @throws std::invalid_argument if a string in it is not valid UTF-8.
void append_json(std::string& out, const nlohmann::json& value);

/// Whether `x == y`. It is not recursive, so that deep values cannot overflow the stack.
bool json_equal(const nlohmann::json& x, const nlohmann::json& y);

} // namespace bennu::engine

/// The grammar of JSON numbers (RFC 8259 §6).
namespace bennu::engine::json_number {

/// @returns the end of the number that begins at `pos`, or null if none does.
const char* skip(const char* pos, const char* end) noexcept;

/// Whether a number fits into a double. A number that is too small does: it becomes 0. REQUIRES: valid by `skip`.
bool is_finite(std::string_view number) noexcept;

/// Whether a number has neither a fraction nor an exponent. REQUIRES: valid by `skip`.
bool is_integer(std::string_view number) noexcept;

/// The JSON `text`, in which each integer beyond the range of a double is replaced by the largest double.
std::string with_finite_integers(std::string_view text);

} // namespace bennu::engine::json_number

namespace bennu::engine {

/// Reads one object from `in` and calls `visit(name, raw_name, raw_value)` for each member in order. `name` is the
/// decoded name and valid during the call only.
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

/// The raw text of the member `name` of a JSON object. When the name occurs twice, the later member counts, as in
/// parsers.
/// @returns nothing when there is no such member, or `text` is no object. REQUIRES: `text` is JSON.
std::optional<std::string_view> find_json_member(std::string_view text, std::string_view name);

/// Sets the member `name` of the object `text` to the JSON `value`; existing members of that name are removed. The
/// other members keep their text, so that numbers keep all digits. Values may be nested to any depth.
/// @returns nothing when `text` is no object. REQUIRES: `text` and `value` are JSON, `name` is UTF-8.
std::optional<std::string> with_json_member(std::string_view text, std::string_view name, std::string_view value);

/// The object `text` without the members of these names. There is no white space between the remaining members.
/// @returns nothing when `text` is no object. REQUIRES: `text` is JSON.
std::optional<std::string> without_json_members(std::string_view text, std::initializer_list<std::string_view> names);

} // namespace bennu::engine
