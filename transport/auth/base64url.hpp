#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bennu::engine {

/// Base64 with the alphabet for URLs and without padding (RFC 4648 §5).
std::string encode_base64url(std::string_view bytes);

/// @returns nothing for a text that `encode_base64url` cannot produce, so that each value has exactly one text.
std::optional<std::string> decode_base64url(std::string_view text);

} // namespace bennu::engine
