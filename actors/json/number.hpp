#pragma once

#include <string>
#include <string_view>

/// The grammar of JSON numbers (RFC 8259 §6).
namespace bennu::engine::json_number {

/// @returns the end of the number that begins at `pos`, or null if none does.
const char* skip(const char* pos, const char* end) noexcept;

/// Whether a number fits a double; one that is too small does: it is 0. REQUIRES: valid by `skip`.
bool is_finite(std::string_view number) noexcept;

/// Whether a number has neither a fraction nor an exponent. REQUIRES: valid by `skip`.
bool is_integer(std::string_view number) noexcept;

/// The JSON `text` with the largest double in place of every integer beyond the range of a double.
std::string with_finite_integers(std::string_view text);

} // namespace bennu::engine::json_number
