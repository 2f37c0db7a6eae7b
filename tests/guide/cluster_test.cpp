#include <set>
#include <string>

#include <doctest/doctest.h>

#include <bennu/testing/cluster_case.hpp>

#include "tests/guide/shop_channels.hpp"

using namespace std::chrono_literals;

namespace {

bennu::endpoint shop(bennu::node&) {
  return bennu::endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*");
}

} // namespace

TEST_CASE("guide: a client moves to another node") {
  bennu::cluster_case test{1, shop, {.nodes = {"a", "b"}}};
  auto client = test.connect({}, {{"token", "ann"}});
  auto room = client.join("room:lobby");
  test.run_for(2s);
  test.crash(client.node());
  test.expect_soon("the client has rejoined", [&] { return room.joins() == 2; });
  auto sent = room.push("new_message", {{"body", "Hello"}});
  test.expect_soon("the message is answered", [&] { return sent.status() == "ok"; });
  CHECK(client.connections() == 2);
}

TEST_CASE("guide: whatever happens to the cluster, all are back in the end") {
  bennu::for_seeds(10, shop, {.nodes = {"a", "b", "c"}}, [](bennu::cluster_case& test) {
    auto ann = test.connect("a", {{"token", "ann"}}).join("room:lobby");
    auto bob = test.connect("b", {{"token", "bob"}}).join("room:lobby");
    test.always("bob hears no message twice", [bob] {
      std::set<bennu::json> bodies;
      for (const auto& x : bob.received("new_message"))
        if (!bodies.insert(x.at("body")).second)
          return false;
      return true;
    });
    for (int i = 0; i < 10; ++i) {
      test.random_fault();
      ann.push("new_message", {{"body", std::to_string(i)}});
      test.run_for(1s);
    }
    test.heal_all();
    test.expect_soon("both are joined", [&] { return ann.is_joined() && bob.is_joined(); });
  });
}
