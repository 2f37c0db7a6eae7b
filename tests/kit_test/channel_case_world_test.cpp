#include <optional>
#include <stdexcept>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/kit_test/failure.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/global_names.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/child.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

struct visitor : bennu::socket {
  connect_result connect(const connect_info& info) override {
    if (info.user_agent() == "robot")
      return connect_refused{403, "no robots"};
    return connected{.expires_after = info.params.contains("short") ? std::optional{10s} : std::nullopt};
  }
};

class hall : public channel_of<hall> {
public:
  using channel_of::channel_of;

  join_result join(const json& params) override {
    if (!params.contains("wait"))
      return accept{};
    blocking([] { return 7; }, [this](int seats) { decide_join(accept{{{"seats", seats}}}); });
    return defer_join{};
  }

  static events<hall> events_in() {
    return {
      {"count",
       [](hall& self, const json&) {
         return reply::ok({{"n", ++self.count_}});
       }},
      {"work",
       [](hall& self, const json&) {
         return self.blocking([] { return 42; }, [](int x) { return reply::ok({{"x", x}}); });
       }},
      {"greet",
       [](hall& self, const json&) {
         self.push("welcome", {{"n", 1}});
         self.broadcast("entered");
         return reply::ok();
       }},
      {"crash", [](hall&, const json&) -> reply { throw std::runtime_error("as asked"); }},
    };
  }

private:
  int count_ = 0;
};

endpoint halls() {
  return endpoint{"/socket"}.serve<visitor>().channel<hall>("room:*");
}

caf::behavior idle(caf::event_based_actor*, int) {
  return {[](int x) { return x; }};
}

} // namespace

TEST_CASE("channel_case: messages can be expected in their order, and nothing else") {
  channel_case test{halls()};
  auto client = test.connect();
  auto ann = client.join("room:a");
  const auto ref = ann.push("greet");
  client.expect_exactly({pushed("welcome", {{"n", 1}}), broadcasted("entered"), reply_to(ref, "ok")});
  client.expect_nothing();
  ann.push("greet");
  const auto text = failure_of([&] { client.expect_exactly({broadcasted("entered"), pushed("welcome")}); });
  CHECK(contains(text, R"(at /0/event: expected "entered", got "welcome")"));
  ann.push("count");
  CHECK(contains(failure_of([&] { client.expect_nothing(); }), "phx_reply"));
}

TEST_CASE("channel_case: what arrives in one piece is handled after it has all arrived") {
  channel_case test{halls()};
  auto client = test.connect();
  auto ann = client.join("room:a");
  std::vector<test_push> sent;
  test.at_once([&] {
    for (const char* event : {"count", "crash", "count"})
      sent.push_back(ann.push(event));
    client.expect_nothing();
  });
  client.expect_exactly(
    {reply_to(sent[0], "ok", {{"n", 1}}), reply_to(sent[1], "error"), reply_to(sent[2], "ok", {{"n", 1}})});
}

TEST_CASE("channel_case: blocking work is held back by its name, and its channel waits for it") {
  channel_case test{halls()};
  auto a = test.connect().join("room:a");
  auto b = test.connect().join("room:b");
  test.hold_blocking("*:a");
  const auto held = a.push("work");
  const auto behind = a.push("count");
  b.expect_reply(b.push("work"), "ok", {{"x", 42}});
  a.expect_no_reply(held);
  a.expect_no_reply(behind);
  CHECK(contains(failure_of([&] { a.expect_reply(held, "ok"); }), R"(is held back until release_blocking("*:a"))"));
  test.release_blocking("*:a");
  a.expect_reply(held, "ok", {{"x", 42}});
  a.expect_reply(behind, "ok", {{"n", 1}});
  auto client = test.connect();
  test.hold_blocking("room:late");
  const auto join = client.begin_join("room:late", {{"wait", true}});
  client.expect_nothing();
  test.release_blocking("room:late");
  client.expect_reply(join, "ok", {{"seats", 7}});
}

TEST_CASE("channel_case: clients connect with headers, and their right to be connected ends in virtual time") {
  channel_case test{halls()};
  connect_info robot;
  robot.headers = {{"User-Agent", "robot"}};
  CHECK(contains(failure_of([&] { test.connect_with(robot); }), "403 no robots"));
  CHECK(contains(failure_of([&] { test.expect_connect_refused({}); }), "the socket accepts the client"));
  auto client = test.connect({{"short", "1"}});
  client.heartbeat();
  client.expect_connected();
  test.advance(10s);
  client.expect_received("phoenix", "token_expired");
  test.advance(1min);
  client.expect_disconnected(1008);
  CHECK(contains(failure_of([&] { client.expect_disconnected(1001); }), "closed with 1008, not with 1001"));
}

TEST_CASE("channel_case: a client that does not read gets its replies when it reads on") {
  channel_case test{halls()};
  auto client = test.connect();
  auto a = client.join("room:a");
  client.stop_reading();
  const auto ref = a.push("count");
  a.expect_no_reply(ref);
  client.read_on();
  a.expect_reply(ref, "ok");
}

TEST_CASE("channel_case: two nodes share broadcasts, presence and global names until they are cut") {
  channel_case test{halls()};
  auto other = test.start_node();
  auto ann = test.connect().join("room:a");
  auto bob = other.connect().join("room:a");
  ann.push("greet");
  bob.expect_received("entered");
  other.expect_broadcast("room:a", "entered");
  auto member = other.track("room:a", "bob");
  test.advance(3s);
  CHECK(test.presence("room:a").contains("bob"));
  const auto leader = other.home().system().spawn(idle, 0);
  CHECK(!other.home().names().add("global:leader", leader));
  test.settle();
  CHECK((test.home().names().find("global:leader") == leader));
  other.cut();
  CHECK_FALSE(test.home().names().find("global:leader"));
  ann.push("greet");
  bob.expect_not_received("entered");
  test.advance(5min);
  CHECK_FALSE(test.presence("room:a").contains("bob"));
  other.heal();
  test.advance(10s);
  CHECK(test.presence("room:a").contains("bob"));
  caf::anon_send_exit(leader, caf::exit_reason::kill);
}

TEST_CASE("channel_case: children of the application are part of the tree; they crash and are restarted by name") {
  channel_case_options options;
  options.children = [](node&) {
    return std::vector{child_spec{"clock", [](caf::event_based_actor* parent, const start_cause&) -> start_result {
                                    return caf::actor{parent->spawn(idle, 0)};
                                  }}};
  };
  channel_case test{halls(), options};
  CHECK(test.child("clock"));
  test.crash("clock");
  test.expect_restarted("clock");
  test.advance(10s);
  test.crash("presence");
  test.expect_restarted("presence");
  CHECK(contains(failure_of([&] { test.expect_restarted("pubsub"); }), "has not crashed pubsub"));
  CHECK_THROWS_AS(test.crash("no such child"), std::logic_error);
  test.crash("clock");
  CHECK(contains(failure_of([&] { test.expect_restarted("clock"); }), "the tree has given up"));
}

TEST_CASE("channel_case: broadcast_from reaches all but the channel it comes from") {
  channel_case test{halls()};
  auto ann = test.connect().join("room:a");
  auto bob = test.connect().join("room:a");
  ann.broadcast_from("typing", {{"user", "ann"}});
  bob.expect_received("typing", {{"user", "ann"}});
  ann.expect_not_received("typing");
}

TEST_CASE("channel_case: a handle that outlives its case says so") {
  std::optional<test_channel> late;
  {
    channel_case test{halls()};
    late = test.connect().join("room:a");
  }
  CHECK_THROWS_AS(late->push("count"), std::logic_error);
  CHECK_THROWS_AS(late->actor(), std::logic_error);
}
