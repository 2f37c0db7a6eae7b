#pragma once

#include <memory>
#include <string>

#include "apps/chat/database.hpp"
#include "apps/chat/store.hpp"

namespace chat {

/// A store over `place`, which must outlive it. Connects at the first call, and again after each failure.
std::unique_ptr<store> make_store(std::shared_ptr<database> place);

/// Makes the database at `address` ready: created if missing, tables up to date.
/// @throws std::exception with the reason, in words for whoever starts the program.
std::shared_ptr<database> prepare_database(const std::string& address);

} // namespace chat
