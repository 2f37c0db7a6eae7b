#pragma once

#include <string>
#include <string_view>

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
