#pragma once

#include <string>
#include <string_view>

namespace chat {

/// Argon2id with libsodium's limits for interactive use (64 MiB, 2 passes; tens of milliseconds): never on an io unit.
/// Thread safety: any thread.
std::string hash_password(std::string_view password);

/// True when `hash` was made from `password`.
bool password_fits(std::string_view password, const std::string& hash);

/// Takes as long as `password_fits` and gives false: what an unknown name costs, so that the time does not tell which names exist.
bool password_fits_nobody(std::string_view password);

} // namespace chat
