#pragma once

#include <string>
#include <string_view>

namespace chat {

/// Hashes a password with Argon2id and libsodium's limits for interactive use (64 MiB, 2 passes). It takes tens of
/// milliseconds; never call it on an io unit.
/// Thread safety: any thread.
std::string hash_password(std::string_view password);

/// Whether `hash` was made from `password`.
bool password_fits(std::string_view password, const std::string& hash);

/// Takes as long as `password_fits` and returns false. Called for unknown names, so that the time does not reveal
/// which names exist.
bool password_fits_nobody(std::string_view password);

} // namespace chat
