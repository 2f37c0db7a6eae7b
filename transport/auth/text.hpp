#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bennu::engine {

/// Base64 with the alphabet for URLs and without padding (RFC 4648 §5).
std::string encode_base64url(std::string_view bytes);

/// @returns nothing for a text that `encode_base64url` cannot produce, so that each value has exactly one text.
std::optional<std::string> decode_base64url(std::string_view text);

/// An unpredictable text: 24 characters of base64url (RFC 4648 §5) from 144 bits of OpenSSL's random numbers. Two of
/// them make a secret.
/// @throws std::runtime_error when the system has no randomness. Thread safety: any thread may call it.
std::string random_text();

} // namespace bennu::engine
