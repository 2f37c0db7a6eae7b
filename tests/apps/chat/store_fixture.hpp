#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "apps/chat/database.hpp"

namespace chat {

/// A new database that is deleted with the fixture: SQLite in a temporary folder, or a database on the server that
/// BENNU_TEST_POSTGRESQL names (tests/support/with_postgresql starts one).
struct store_fixture {
  store_fixture();
  ~store_fixture();
  store_fixture(const store_fixture&) = delete;
  store_fixture& operator=(const store_fixture&) = delete;

  static bool on_sqlite();

  /// The SQLite file. REQUIRES: `on_sqlite()`.
  std::string file() const { return (folder / "chat.db").string(); }
  store& db() const { return *open; }

  user add(const char* name) const { return *db().add_user(name, "hash of " + std::string{name}); }
  message say(const user& who, const char* body, const char* room = "lobby") const {
    return (*(*db().add_messages({{room, who.id, body, {}}})).at(0)).text;
  }

  std::filesystem::path folder;
  std::string address; ///< as `--database` takes it
  std::shared_ptr<database> place;
  std::unique_ptr<store> open;
};

} // namespace chat
