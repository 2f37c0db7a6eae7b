#include "tests/apps/chat/store_fixture.hpp"

#include <unistd.h>

#include <cstdlib>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

namespace chat {

namespace {

const char* server() {
  return std::getenv("BENNU_TEST_POSTGRESQL");
}

void administer(const std::string& sql) {
  soci::session connection{soci::postgresql, server()};
  connection << sql;
}

// postgresql://bennu@/postgres?host=… with another database name.
std::string address_of(const std::string& name) {
  std::string address = server();
  const std::string from = "/postgres?";
  return address.replace(address.find(from), from.size(), "/" + name + "?");
}

std::string next_name() {
  static int count = 0;
  return "chat_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
}

} // namespace

bool store_fixture::on_sqlite() {
  return server() == nullptr;
}

store_fixture::store_fixture() {
  std::string pattern = (std::filesystem::temp_directory_path() / "bennu-chat-XXXXXX").string();
  folder = ::mkdtemp(pattern.data());
  if (on_sqlite()) {
    address = file();
  } else {
    const auto name = next_name();
    administer("CREATE DATABASE " + name);
    address = address_of(name);
  }
  place = prepare_database(address);
  open = make_store(place);
}

store_fixture::~store_fixture() {
  open.reset();
  std::filesystem::remove_all(folder); // databases of PostgreSQL disappear with their server
}

} // namespace chat
