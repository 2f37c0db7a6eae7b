#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "apps/chat/store_soci.hpp"

namespace chat {

/// A fresh SQLite database in a folder of its own, gone with the fixture.
struct store_fixture {
  store_fixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bennu-chat-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    place = prepare_database(file());
    open = make_store(place);
  }
  ~store_fixture() {
    open.reset();
    std::filesystem::remove_all(folder);
  }

  std::string file() const { return (folder / "chat.db").string(); }
  store& db() const { return *open; }

  user add(const char* name) const { return *db().add_user(name, "hash of " + std::string{name}); }
  message say(const user& who, const char* body, const char* room = "lobby") const {
    return (*(*db().add_messages({{room, who.id, body, {}}})).at(0)).text;
  }

  std::filesystem::path folder;
  std::shared_ptr<database> place;
  std::unique_ptr<store> open;
};

} // namespace chat
