#pragma once

#include <memory>
#include <string>

#include "apps/chat/database.hpp"
#include "apps/chat/store.hpp"

namespace chat {

/// A store over `place`, which must outlive it. It connects at the first call, and again after each failure.
std::unique_ptr<store> make_store(std::shared_ptr<database> place);

/// Prepares the database at `address`: creates it if it is missing and upgrades its tables.
/// @throws std::exception with the reason, in words for the operator.
std::shared_ptr<database> prepare_database(const std::string& address);

} // namespace chat
