// An expectation of a `channel_case` does not hold because of another join, topic, node or kind of message.
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/kit_test/failure.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

struct any_socket : bennu::socket {
  connect_result connect(const connect_info&) override { return connected{}; }
};

struct tick_now {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tick_now)

namespace {

/// Pushes `tick` once a second after `start`, and intercepts `shouted`.
class ticker : public channel_of<ticker> {
public:
  using channel_of::channel_of;

  join_result join(const json&) override { return accept{}; }

  static events<ticker> events_in() {
    return {{"start", [](ticker& self, const json&) { self.arm(); }},
            {"hello", [](ticker& self, const json&) { self.push("hello", json::object()); }},
            {"shout", [](ticker& self, const json&) { self.broadcast("shouted"); }},
            {"call", [](ticker& self, const json&) { self.broadcast("called"); }}};
  }

  static events<ticker> events_out() {
    return {{"shouted", [](ticker& self, const json& in) { self.push("shouted", in); }}};
  }

  caf::message_handler handle_info() override {
    return {[this](tick_now) {
      push("tick", {{"n", ++ticks_}});
      arm();
    }};
  }

private:
  void arm() { self()->delayed_send(self(), 1s, tick_now{}); }

  int ticks_ = 0;
};

endpoint tickers() {
  return endpoint{"/socket"}.serve<any_socket>().channel<ticker>("room:*");
}

} // namespace

TEST_CASE("channel_case: a timer that one sets when it fires is due within the same advance") {
  channel_case test{tickers()};
  auto room = test.connect().join("room:a");
  room.push("start");
  test.advance(10s);
  for (int n = 1; n <= 10; ++n)
    room.expect_push("tick", {{"n", n}});
  test.advance(999ms);
  room.expect_no_push("tick");
  test.advance(1ms);
  room.expect_push("tick", {{"n", 11}});
}

TEST_CASE("channel_case: nothing can be said of broadcasts on a topic that nobody watches") {
  channel_case test{tickers()};
  const auto text = failure_of([&] { test.expect_no_broadcast("room:a", "called"); });
  CHECK(contains(text, R"(call watch("room:a") first)"));
  test.watch("room:a");
  test.expect_no_broadcast("room:a", "called");
  test.broadcast("room:a", "called");
  CHECK(contains(failure_of([&] { test.expect_no_broadcast("room:a", "called"); }), R"(a broadcast "called")"));
}

TEST_CASE("channel_case: every node has a name of its own") {
  channel_case test{tickers()};
  CHECK(test.start_node().home().name() == "b");
  CHECK(test.start_node("d").home().name() == "d");
  CHECK(test.start_node().home().name() == "c");
  CHECK(test.start_node().home().name() == "e");
  CHECK_THROWS_AS(test.start_node("a"), std::logic_error);
}

TEST_CASE("channel_case: what belongs to a former join of the topic is not that of the present one") {
  channel_case test{tickers()};
  auto client = test.connect();
  auto former = client.join("room:a");
  former.push("hello");
  auto present = client.join("room:a"); // the server closes the former one
  CHECK_FALSE(former.actor());
  CHECK(present.actor());
  CHECK_THROWS_AS(test.crash(former), std::logic_error);
  CHECK(contains(failure_of([&] { present.expect_closed(); }), "room:a phx_close {} (join_ref 1)"));
  former.expect_closed();
  CHECK(contains(failure_of([&] { present.expect_push("hello"); }), "no push \"hello\""));
  former.expect_push("hello");
  present.push("hello");
  present.expect_push("hello");
  former.broadcast_from("called"); // it is no subscriber any more
  present.expect_received("called");
}

TEST_CASE("channel_case: an event that must not come is found as a push, a broadcast and an intercepted broadcast") {
  channel_case test{tickers()};
  auto room = test.connect().join("room:a");
  room.push("call");
  CHECK(contains(failure_of([&] { room.expect_no_push("called"); }), "the client received room:a called"));
  room.push("shout");
  CHECK(contains(failure_of([&] { room.expect_not_received("shouted"); }), "room:a shouted {} (join_ref 1)"));
  room.push("hello");
  CHECK(contains(failure_of([&] { room.expect_not_received("hello"); }), "the client received room:a hello"));
  room.expect_no_push("hello");
}

TEST_CASE("channel_case: a channel runs again only when it is the one that crashed") {
  channel_case test{tickers()};
  auto client = test.connect();
  auto ann = client.join("room:a");
  auto bob = test.connect().join("room:a");
  test.crash(ann);
  test.expect_restarted(ann);
  CHECK(contains(failure_of([&] { test.expect_restarted(bob); }),
                 "the channel of room:a (client 2, join_ref 1) has not crashed"));
  auto again = client.join("room:a");
  CHECK(contains(failure_of([&] { test.expect_restarted(again); }), "join_ref 2) has not crashed"));
  CHECK(contains(failure_of([&] { test.expect_restarted(ann); }), "does not run again"));
}

TEST_CASE("channel_case: a channel that its client has crashed runs again, too") {
  channel_case test{tickers()};
  const auto ann = test.connect().join("room:a");
  ann.push("no such event");
  CHECK(contains(failure_of([&] { ann.expect_error(); }), "One that crashes restarts in place (expect_restarted)"));
  test.expect_restarted(ann);
}

TEST_CASE("channel_case: a message of a list can be tied to its channel") {
  channel_case test{tickers()};
  auto client = test.connect();
  auto a = client.join("room:a");
  auto b = client.join("room:b");
  a.push("hello");
  b.push("call");
  client.expect_exactly({a.pushed("hello"), b.broadcasted("called")});
  a.push("hello");
  b.push("call");
  CHECK(contains(failure_of([&] {
                   client.expect_exactly({b.pushed("hello"), b.broadcasted("called")});
                 }),
                 R"(at /0/topic: expected "room:b", got "room:a")"));
}
