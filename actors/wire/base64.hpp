#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bennu::engine {

// Base64 (RFC 4648) in its two forms: §4 with padding, as `btoa` of a browser writes it, and §5 with the alphabet for
// URLs and without padding.

void append_base64(std::string& out, std::string_view bytes);

/// @returns nothing when `text` is empty, or not base64 with its padding. Bits that the padding makes superfluous are
/// ignored, as in Elixir's `Base.decode64!`.
std::optional<std::string> decode_base64(std::string_view text);

std::string encode_base64url(std::string_view bytes);

/// @returns nothing for a text that `encode_base64url` cannot produce, so that each value has exactly one text.
std::optional<std::string> decode_base64url(std::string_view text);

} // namespace bennu::engine
