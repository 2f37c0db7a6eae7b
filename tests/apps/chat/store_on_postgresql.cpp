#include <doctest/doctest.h>

#include <cstdlib>
#include <future>

#include <soci/soci.h>

#include "tests/apps/chat/store_fixture.hpp"

using namespace chat;
using kind = store_failure::kind;

namespace {

/// Starts or stops the server of the test.
void tell_server(const std::string& what) {
  REQUIRE(std::system((std::getenv("BENNU_TEST_POSTGRESQL_CTL") + (" " + what)).c_str()) == 0);
}

} // namespace

TEST_CASE(
  "postgresql: while the server is down the store is unavailable; then it recovers with all acknowledged messages"
  * doctest::skip(store_fixture::on_sqlite())) {
  store_fixture f;
  auto ann = f.add("ann");
  f.say(ann, "before");
  tell_server("stop");
  CHECK(f.db().add_messages({{"lobby", ann.id, "x", {}}}).is(kind::unavailable));
  CHECK(f.db().recent_messages("lobby", 50).is(kind::unavailable));
  tell_server("start");
  CHECK(f.db().add_messages({{"lobby", ann.id, "after", {}}}).ok());
  auto recent = f.db().recent_messages("lobby", 50);
  REQUIRE(recent.ok());
  REQUIRE(recent->size() == 2);
  CHECK(recent->at(0).body == "before");
}

TEST_CASE("postgresql: two programs may prepare the same database at the same time"
          * doctest::skip(store_fixture::on_sqlite())) {
  store_fixture f;
  auto admin = f.place->connect();
  *admin << "DROP SCHEMA public CASCADE";
  *admin << "CREATE SCHEMA public";
  std::vector<std::future<std::shared_ptr<database>>> programs;
  for (int i = 0; i < 4; ++i)
    programs.push_back(std::async(std::launch::async, [&] { return prepare_database(f.address); }));
  std::vector<std::unique_ptr<store>> stores;
  for (auto& x : programs)
    stores.push_back(make_store(x.get()));
  auto ann = f.add("ann");
  for (auto& x : stores)
    CHECK(x->find_user("ANN")->owner.id == ann.id);
}
