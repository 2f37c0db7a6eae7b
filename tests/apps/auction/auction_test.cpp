#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/auction/auction.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/testing/channel_case.hpp>
#include <bennu/testing/cluster_case.hpp>

using namespace auction;
using namespace std::chrono_literals;
using bennu::json;

namespace {

const auto keys = std::make_shared<const bennu::jwt_keys>(std::vector{std::string(32, 'k')});

std::map<std::string, std::string> token(const std::string& name) {
  return {{"token", keys->sign({{"sub", name}, {"iss", "auction"}}, 1h)}};
}

const lots vase_for_sale{{.id = "vase", .title = "Vase", .cents = 2'000, .ends = 60'000}};

/// A house of one node, with a vase that is offered for 20.00 and sold after a minute.
struct one_house {
  bennu::channel_case test{[](bennu::node& home) { return clients(home, keys); },
                           {.children = [](bennu::node& home) { return std::vector{house(home, vase_for_sale)}; }}};
  bennu::test_channel ann = enter("ann"), bob = enter("bob");

  bennu::test_channel enter(const std::string& name) { return test.connect(token(name)).join("auction:vase"); }
};

} // namespace

TEST_CASE("auction: everybody who watches sees a bid, and how much the next one must be") {
  one_house x;
  x.ann.expect_push("lot", {{"cents", 2'000}, {"leader", ""}, {"least", 2'000}, {"ends_in", 60'000}});
  x.ann.expect_reply(x.ann.push("bid", {{"cents", 2'000}}), "ok", {{"leader", "ann"}});
  x.bob.expect_received("lot", {{"cents", 2'000}, {"leader", "ann"}, {"least", 2'100}, {"bids", 1}});
}

TEST_CASE("auction: a bid that is not allowed is refused with the reason, and changes nothing") {
  one_house x;
  auto refused = [](const bennu::test_channel& who, int64_t cents, const std::string& reason) {
    who.expect_reply(who.push("bid", {{"cents", cents}}), "error", {{"reason", reason}});
  };
  refused(x.ann, 1'999, "too_low");
  refused(x.ann, 100'000'001, "too_high");
  x.ann.expect_reply(x.ann.push("bid", {{"cents", 2'000}}), "ok");
  refused(x.ann, 3'000, "leading");
  x.ann.expect_reply(x.ann.push("bid", {{"cents", 2'000}}), "ok"); // the same again, as after a lost answer
  refused(x.bob, 2'099, "too_low");
  x.test.advance(60s);
  refused(x.bob, 9'000, "not_running");
  x.bob.expect_received("lot", {{"cents", 2'000}, {"leader", "ann"}, {"sold", true}});
}

TEST_CASE("auction: it says going once, going twice, sold; a late bid leaves ten seconds to answer it") {
  one_house x;
  x.test.advance(49s);
  x.ann.expect_not_received("going");
  x.test.advance(1s);
  x.ann.expect_received("going", {{"times", 1}});
  x.test.advance(5s);
  x.ann.expect_received("going", {{"times", 2}});
  x.ann.expect_reply(x.ann.push("bid", {{"cents", 2'000}}), "ok");
  x.bob.expect_received("lot", {{"ends_in", 10'000}, {"leader", "ann"}});
  x.test.advance(9s);
  x.bob.expect_not_received("lot", {{"sold", true}});
  x.test.advance(1s);
  x.bob.expect_received("lot", {{"sold", true}, {"leader", "ann"}});
}

TEST_CASE("auction: an auction that crashes goes on with the last bid") {
  one_house x;
  x.ann.expect_reply(x.ann.push("bid", {{"cents", 5'000}}), "ok");
  x.test.fault("crash label=auction:vase times=1");
  x.bob.expect_reply(x.bob.push("bid", {{"cents", 6'000}}), "error", {{"reason", "no_answer"}});
  x.test.advance(1s);
  x.bob.expect_reply(x.bob.push("bid", {{"cents", 5'100}}), "error", {{"reason", "too_low"}, {"least", 5'250}});
  x.bob.expect_reply(x.bob.push("bid", {{"cents", 5'250}}), "ok");
}

TEST_CASE("auction: a keeper that crashes learns the lots from their auctions") {
  one_house x;
  x.ann.expect_reply(x.ann.push("bid", {{"cents", 5'000}}), "ok");
  x.test.crash("keeper");
  x.test.advance(2s);
  x.enter("cat").expect_push("lot", {{"cents", 5'000}, {"leader", "ann"}});
}

TEST_CASE("auction: who watches a lot is present, and a lot that does not exist cannot be watched") {
  one_house x;
  CHECK(x.test.presence("auction:vase").contains("ann"));
  auto none = x.test.connect(token("ann")).join("auction:nothing");
  none.expect_push("no_such_lot");
  none.expect_closed();
}

TEST_CASE("auction: only who has a token of this house may enter, until it expires") {
  one_house x;
  CHECK(x.test.expect_connect_refused({}).status == 403);
  const bennu::jwt_keys others{{std::string(32, 'x')}};
  CHECK(x.test.expect_connect_refused({{"token", others.sign({{"sub", "ann"}, {"iss", "auction"}}, 1h)}}).status
        == 403);
  CHECK(x.test.expect_connect_refused({{"token", keys->sign({{"sub", "ann"}, {"iss", "bank"}}, 1h)}}).status == 403);
  auto ann = x.test.connect(token("ann"));
  x.test.advance(1h + 1min);
  ann.expect_disconnected(1008);
}

TEST_CASE("auction: the login gives a token with the name, and wants a name") {
  auto ask = [](const std::string& body) {
    bennu::http_request request;
    request.body = body;
    bennu::http_response got;
    login(keys, vase_for_sale)(request, [&](bennu::http_response x) { got = std::move(x); });
    return got;
  };
  const auto good = json::parse(ask(R"({"name": "ann"})").body);
  CHECK(std::get<json>(keys->verify(good["token"].get<std::string>(), {.issuer = "auction"}))["sub"] == "ann");
  for (const char* bad : {"", "[]", R"({"name": 7})", R"({"name": ""})", R"({"name": "a\u0000b"})"})
    CHECK(ask(bad).status == 422);
}

// -- the cluster --------------------------------------------------------------------

namespace {

bennu::endpoint clients_of(bennu::node& home) {
  return clients(home, keys);
}

bennu::cluster_case_options three_houses() {
  const lots longer{{.id = "vase", .title = "Vase", .cents = 100, .ends = 600'000}};
  return {.children = [longer](bennu::node& home) { return std::vector{house(home, longer)}; }};
}

struct vase {
  bennu::cluster_case& test;
  bennu::simulated_channel ann = test.connect({}, token("ann")).join("auction:vase");
  bennu::simulated_channel bob = test.connect({}, token("bob")).join("auction:vase");

  explicit vase(bennu::cluster_case& in) : test(in) {
    test.expect_soon("both see it", [&] { return !ann.received("lot").empty() && !bob.received("lot").empty(); });
    test.run_for(2s); // whoever began before the nodes knew of each other has given up
  }

  /// The nodes that run its auction.
  std::vector<std::string> homes() {
    std::vector<std::string> all;
    for (const auto* name : {"a", "b", "c"})
      if (test.is_running(name) && !test.node(name).groups().local_members("global:auction:vase").empty())
        all.push_back(name);
    return all;
  }
};

} // namespace

TEST_CASE("auction: when the node of an auction dies, another one goes on with every bid that was answered") {
  bennu::for_seeds(5, clients_of, three_houses(), [](bennu::cluster_case& test) {
    vase x{test};
    test.expect("one actor in the whole cluster", x.homes().size() == 1);
    auto bid = x.ann.push("bid", {{"cents", 700}});
    test.expect_soon("ann leads", [&] { return bid.status() == "ok"; });
    test.crash(x.homes().front()); // immediately after the answer
    test.expect_soon("another node runs it", [&] { return x.homes().size() == 1; });
    test.run_for(5s); // bob's client may have been on that node, too
    auto low = x.bob.push("bid", {{"cents", 700}});
    test.expect_soon("bob's bid of 7.00 is answered", [&] { return !low.status().empty(); });
    test.expect("ann's bid counts", low.response() == json{{"reason", "too_low"}, {"least", 800}});
  });
}

TEST_CASE(
  "auction: whatever happens to the cluster, no answered bid is lost to a lower one, and all agree in the end") {
  bennu::for_seeds(5, clients_of, three_houses(), [](bennu::cluster_case& test) {
    vase x{test};
    for (int64_t i = 1; i <= 10; ++i) {
      test.random_fault({bennu::fault_action::cut, bennu::fault_action::slow, bennu::fault_action::pause});
      (i % 2 == 0 ? x.ann : x.bob).push("bid", {{"cents", 1'000 * i}});
      test.run_for(2s);
    }
    test.heal_all();
    test.expect_soon("one actor runs the auction", [&] { return x.homes().size() == 1; });
    auto last = x.ann.push("bid", {{"cents", 50'000}});
    test.expect_soon("both see the same", [&] {
      const auto &a = x.ann.received("lot"), &b = x.bob.received("lot");
      return a.back()["cents"] == b.back()["cents"] && a.back()["leader"] == b.back()["leader"];
    });
  });
}
