#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

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

/// Whether `text` is valid UTF-8 (RFC 3629).
bool is_utf8(std::string_view text) noexcept;

/// Appends the compact JSON text of `value`. Unlike `value.dump()` it is not recursive, so that deep values cannot
/// overflow the stack.
/// @throws std::invalid_argument if a string in it is not valid UTF-8.
void append_json(std::string& out, const nlohmann::json& value);

/// Whether `x == y`. It is not recursive, so that deep values cannot overflow the stack.
bool json_equal(const nlohmann::json& x, const nlohmann::json& y);

} // namespace bennu::engine
