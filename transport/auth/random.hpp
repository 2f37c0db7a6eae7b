#pragma once

#include <span>
#include <string>

namespace bennu::engine {

/// Fills `bytes` with unpredictable ones, from OpenSSL.
/// @throws std::runtime_error when the system has no randomness. Thread safety: any thread may call it.
void fill_unpredictably(std::span<unsigned char> bytes);

/// An unpredictable text: 24 characters of base64url (RFC 4648 §5) from 144 bits. Two of them make a secret.
/// @throws std::runtime_error when the system has no randomness. Thread safety: any thread may call it.
std::string random_text();

} // namespace bennu::engine
