#pragma once

#include <string>

namespace bennu::engine {

/// 24 characters of base64url (RFC 4648 section 5) that nobody can guess: 144 bits of OpenSSL's random numbers. Two of them are a secret.
/// @throws std::runtime_error when the system has no randomness to give. Thread safety: any thread.
std::string random_text();

} // namespace bennu::engine
