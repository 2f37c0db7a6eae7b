#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace bennu::engine {

/// Appends `value` as a JSON string with its quotes: only what RFC 8259 §7 demands is escaped.
/// @throws std::invalid_argument if `value` is not valid UTF-8.
void append_json_string(std::string& out, std::string_view value);

/// `value` as a JSON string with its quotes. Throws like `append_json_string`.
std::string json_string(std::string_view value);

/// What may stand between the quotes of a JSON string for `value`: `value` itself if nothing in it
/// needs an escape, else a text that is kept in `scratch`. Throws like `append_json_string`.
std::string_view escape_json(std::string_view value, std::string& scratch);

/// The UTF-8 that a JSON string stands for. REQUIRES: `raw` is valid and has its quotes
/// (as `json_scanner::string()` hands it out).
std::string decode_json_string(std::string_view raw);

/// Whether `text` is valid UTF-8 (RFC 3629).
bool is_utf8(std::string_view text) noexcept;

/// Appends the compact text of `value`. Unlike `value.dump()` it is not recursive, so a value of
/// any depth leaves the stack alone.
/// @throws std::invalid_argument if a string in it is not valid UTF-8.
void append_json(std::string& out, const nlohmann::json& value);

/// `x == y` of any depth, without recursion.
bool json_equal(const nlohmann::json& x, const nlohmann::json& y);

} // namespace bennu::engine
