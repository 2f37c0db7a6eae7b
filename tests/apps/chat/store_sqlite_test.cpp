#include <doctest/doctest.h>

#include <sys/resource.h>

#include <csignal>

#include <soci/soci.h>

#include "tests/apps/chat/store_fixture.hpp"

using namespace chat;
using kind = store_failure::kind;

// Faults of the database file.

TEST_CASE("sqlite: a database that another connection has locked is unavailable, then recovers") {
  store_fixture f;
  auto ann = f.add("ann");
  auto other = f.place->connect();
  *other << "BEGIN EXCLUSIVE";
  CHECK(f.db().add_messages({{"lobby", ann.id, "x", {}}}).is(kind::unavailable));
  *other << "ROLLBACK";
  CHECK(f.db().add_messages({{"lobby", ann.id, "y", {}}}).ok());
  CHECK(f.db().recent_messages("lobby", 50)->size() == 1);
}

TEST_CASE("sqlite: a database that was moved is unavailable, and available again when its file is back") {
  store_fixture f;
  auto ann = f.add("ann");
  auto aside = f.folder / "aside";
  std::filesystem::create_directory(aside);
  for (auto* name : {"chat.db", "chat.db-wal", "chat.db-shm"})
    std::filesystem::rename(f.folder / name, aside / name);
  CHECK(f.db().add_messages({{"lobby", ann.id, "x", {}}}).is(kind::unavailable));
  CHECK_FALSE(std::filesystem::exists(f.file()));
  for (auto* name : {"chat.db", "chat.db-wal", "chat.db-shm"})
    if (std::filesystem::exists(aside / name))
      std::filesystem::rename(aside / name, f.folder / name);
  CHECK(f.db().add_messages({{"lobby", ann.id, "y", {}}}).ok());
}

TEST_CASE("sqlite: with a full disk the store is unavailable, and no message is stored in part") {
  store_fixture f;
  auto ann = f.add("ann");
  f.say(ann, "before");
  auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit full{4096, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &full);
  auto refused = f.db().add_messages({{"lobby", ann.id, std::string(900, 'x'), {}}});
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  CHECK(refused.is(kind::unavailable));
  CHECK(f.db().recent_messages("lobby", 50)->size() == 1);
  CHECK(f.db().add_messages({{"lobby", ann.id, "after", {}}}).ok());
}
