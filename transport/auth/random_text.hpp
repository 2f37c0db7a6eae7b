#pragma once

#include <string>

namespace bennu::engine {

/// An unpredictable text: 24 characters of base64url (RFC 4648 §5) from 144 bits of OpenSSL's random numbers. Two of
/// them make a secret.
/// @throws std::runtime_error when the system has no randomness. Thread safety: any thread may call it.
std::string random_text();

} // namespace bennu::engine
