// What a channel does with the events of its client, and what reaches whom. Source: Phoenix.Channel.
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

/// Answers, pushes and broadcasts as its client asks, and says goodbye.
class market : public channel_of<market> {
public:
  using channel_of::channel_of;

  join_result join(const json& params) override {
    if (subtopic() == "closed")
      return refuse{{{"reason", "we are closed"}}};
    return accept{{{"stall", subtopic()}, {"params", params}}};
  }

  static events<market> events_in() {
    return {
      {"ask", [](market&, const payload& in) { return reply::ok(in); }},
      {"complain", [](market&, const payload& in) { return reply::error(in); }},
      {"think", [](market&, const json&) {}},
      {"show", [](market& self, const payload& in) { self.push("shown", in); }},
      {"call", [](market& self, const payload& in) { self.broadcast("called", in); }},
      {"whisper", [](market& self, const payload& in) { self.broadcast_from("called", in); }},
      {"send", [](market& self, const json& in) { self.broadcast_to(in.at("to"), "called", in); }},
      {"price", [](market& self, const json& in) { self.broadcast("priced", in); }},
      {"sell and show",
       [](market& self, const json& in) {
         self.push("shown", in);
         return reply::ok();
       }},
      {"close", [](market&, const json&) { return reply::none().stop(); }},
      {"close politely", [](market&, const payload& in) { return reply::ok(in).stop(); }},
      {"params", [](market& self, const json&) { return reply::ok(self.join_params()); }},
    };
  }

  /// The price that others see is rounded; above 100 nothing is told.
  static events<market> events_out() {
    return {{"priced", [](market& self, const json& in) {
               if (in.at("price") <= 100)
                 self.push("priced", {{"price", static_cast<int>(in.at("price").get<double>())}});
             }}};
  }

  caf::message_handler handle_info() override {
    return {[this](const std::string& news) { push("news", {{"text", news}}); }, [this](int) { stop(); }};
  }

  void terminate(const caf::error&) override { broadcast("left", {{"stall", subtopic()}}); }
};

endpoint markets() {
  return endpoint{"/socket"}.serve<open_socket>().channel<market>("market:*", {.restart_as = restart::temporary});
}

/// Ann and bob in one market.
struct market_case : channel_case {
  market_case() : channel_case(markets()) {}

  test_client client = connect();
  test_channel ann = client.join("market:main");
  test_channel bob = connect().join("market:main");
};

} // namespace

// -- joins ----------------------------------------------------------------------

TEST_CASE("join: the client receives the channel's response, and the channel knows its topic and its params") {
  channel_case test{markets()};
  const auto room = test.connect().join("market:fish", {{"from", "harbour"}});
  CHECK(room.response() == json{{"stall", "fish"}, {"params", {{"from", "harbour"}}}});
  CHECK(room.topic() == "market:fish");
}

TEST_CASE("join: the params may be any JSON value or bytes") {
  channel_case test{markets()};
  for (const json& params : {json(nullptr), json(true), json(1.5), json("text"), json::array({1, 2})})
    CHECK(test.connect().join("market:any", params).response().at("params") == params);
}

TEST_CASE("join: a refusal carries the channel's reason, and the client may try another topic") {
  channel_case test{markets()};
  const auto client = test.connect();
  client.expect_join_refused("market:closed", {}, exactly({{"reason", "we are closed"}}));
  CHECK(client.topics().empty());
  client.join("market:main");
  CHECK(client.topics() == std::vector<std::string>{"market:main"});
}

TEST_CASE("join: a topic that no route matches is refused, and so is an event on a topic that was not joined") {
  channel_case test{markets()};
  const auto client = test.connect();
  client.expect_join_refused("harbour:main", {}, because("unmatched topic"));
  client.expect_join_refused("market", {}, because("unmatched topic"));
  client.expect_reply(client.push("market:main", "ask"), "error", because("unmatched topic"));
}

TEST_CASE("routes: the first pattern that matches a topic decides its class") {
  class quiet : public market {
    using market::market;
    join_result join(const json&) override { return accept{{{"quiet", true}}}; }
  };
  channel_case test{endpoint{"/socket"}
                      .serve<open_socket>()
                      .channel<quiet>("market:quiet")
                      .channel<market>("market:*")
                      .channel<quiet>("market:late")};
  const auto client = test.connect();
  CHECK(client.join("market:quiet").response().contains("quiet"));
  CHECK_FALSE(client.join("market:quieter").response().contains("quiet"));
  CHECK_FALSE(client.join("market:late").response().contains("quiet"));
  CHECK(client.join("market:").response().at("stall") == "");
}

// -- replies --------------------------------------------------------------------

TEST_CASE("reply: ok or error with the payload of the handler, or none") {
  market_case test;
  test.ann.expect_reply(test.ann.push("ask", {{"n", 1}}), "ok", exactly({{"n", 1}}));
  test.ann.expect_reply(test.ann.push("complain", {{"n", 2}}), "error", exactly({{"n", 2}}));
  test.ann.expect_no_reply(test.ann.push("think"));
  test.client.expect_nothing();
}

TEST_CASE("reply: payloads of events may be any JSON value, and their numbers stay as they are") {
  market_case test;
  for (const json& value : {json(nullptr), json(true), json(1.5), json("text"), json::array({1, 2})})
    test.ann.expect_reply(test.ann.push("ask", value), "ok", exactly(value));
  test.client.send_frame(R"(["1","9","market:main","ask",[1.0,18446744073709551617,-0.5e-7]])");
  const auto reply = test.ann.expect_reply({"market:main", "9"}, "ok");
  CHECK(reply.dump() == json::parse("[1.0,18446744073709551617,-0.5e-7]").dump());
}

TEST_CASE("reply: bytes are answered with bytes, pushed and broadcast as bytes") {
  market_case test;
  const auto bytes = payload::binary(std::string("\0\xff\n", 3));
  const auto same = exactly(json::binary({0, 0xff, '\n'}));
  test.ann.expect_reply(test.ann.push("ask", bytes), "ok", same);
  test.ann.push("show", bytes);
  test.ann.expect_push("shown", same);
  test.ann.push("call", bytes);
  test.bob.expect_received("called", same);
}

TEST_CASE("reply: what a handler pushes comes before its reply") {
  market_case test;
  const auto sold = test.ann.push("sell and show", {{"n", 1}});
  test.client.expect_exactly({test.ann.pushed("shown", {{"n", 1}}), reply_to(sold, "ok")});
}

// -- pushes and broadcasts --------------------------------------------------------

TEST_CASE("push: only its own client receives it, with the join_ref") {
  market_case test;
  test.ann.push("show", {{"n", 1}});
  test.client.expect_exactly({test.ann.pushed("shown", exactly({{"n", 1}}))});
  test.bob.expect_not_received("shown");
}

TEST_CASE("broadcast: everybody on the topic receives it once and without a join_ref, on every node") {
  market_case test;
  const auto cat = test.start_node().connect().join("market:main");
  const auto elsewhere = test.connect().join("market:fish");
  test.ann.push("call", {{"n", 1}});
  test.client.expect_exactly({test.ann.broadcasted("called", exactly({{"n", 1}}))});
  for (const auto& other : {test.bob, cat}) {
    other.expect_received("called", exactly({{"n", 1}}));
    other.expect_not_received("called");
  }
  elsewhere.expect_not_received("called");
}

TEST_CASE("broadcast_from: everybody but the sender receives it, on every node") {
  market_case test;
  const auto cat = test.start_node().connect().join("market:main");
  test.ann.push("whisper", {{"n", 1}});
  test.bob.expect_received("called", {{"n", 1}});
  cat.expect_received("called", {{"n", 1}});
  test.ann.expect_not_received("called");
}

TEST_CASE("broadcast_to: the clients of the other topic receive it") {
  market_case test;
  const auto fish = test.connect().join("market:fish");
  test.ann.push("send", {{"to", "market:fish"}, {"n", 1}});
  fish.expect_received("called", {{"n", 1}});
  test.ann.expect_not_received("called");
}

TEST_CASE("handle_out: each client receives what its own channel makes of a broadcast that it intercepts") {
  market_case test;
  test.ann.push("price", {{"price", 7.5}});
  for (const auto& client : {test.ann, test.bob}) {
    client.expect_push("priced", exactly({{"price", 7}}));
    client.expect_not_received("priced");
  }
  test.expect_broadcast("market:main", "priced", {{"price", 7.5}});
  test.ann.push("price", {{"price", 101}});
  test.bob.expect_not_received("priced");
}

TEST_CASE("handle_info: a message of any actor reaches the channel, and one without a handler changes nothing") {
  market_case test;
  test.ann.tell(std::string{"fresh fish"});
  test.ann.expect_push("news", {{"text", "fresh fish"}});
  test.ann.tell(1.5);
  test.bob.expect_not_received("news");
  test.ann.expect_reply(test.ann.push("ask"), "ok");
}

TEST_CASE("pubsub: local and direct broadcasts reach the clients of one node, and of no other") {
  market_case test;
  const auto other = test.start_node("b");
  const auto cat = other.connect().join("market:main");
  auto& topics = test.home().topics();
  topics.local_broadcast("market:main", "here", {});
  topics.direct_broadcast("b", "market:main", "there", {});
  topics.direct_broadcast("nobody", "market:main", "nowhere", {});
  test.settle();
  test.bob.expect_received("here");
  cat.expect_received("there");
  test.bob.expect_not_received("there");
  cat.expect_not_received("here");
  for (const auto& client : {test.bob, cat})
    client.expect_not_received("nowhere");
}

// -- ends -----------------------------------------------------------------------

TEST_CASE("leave: the client receives ok and phx_close, and nothing of the topic after that") {
  market_case test;
  const auto leave = test.ann.leave();
  test.client.expect_exactly({reply_to(leave, "ok", empty), test.ann.pushed("phx_close", empty)});
  test.bob.expect_received("left", {{"stall", "main"}}); // from `terminate`
  test.bob.push("call");
  test.client.expect_nothing();
  test.client.expect_reply(test.ann.push("ask"), "error", because("unmatched topic"));
}

TEST_CASE("leave: of a topic that was not joined it is answered with ok, and nothing is closed") {
  market_case test;
  const auto leave = test.client.push("market:fish", "phx_leave");
  test.client.expect_exactly({reply_to(leave, "ok", empty)});
}

TEST_CASE("stop: phx_close follows the reply, if there is one, and the topic can be joined again") {
  market_case test;
  test.ann.push("close");
  test.ann.expect_closed();
  const auto again = test.client.join("market:main");
  const auto last = again.push("close politely", {{"n", 1}});
  test.client.expect_exactly({reply_to(last, "ok", {{"n", 1}}), again.pushed("phx_close")});
  const auto third = test.client.join("market:main");
  third.tell(0); // handle_info calls stop()
  third.expect_closed();
}

TEST_CASE("close: a client that disconnects leaves all of its topics, and each channel ends with terminate") {
  market_case test;
  const auto fish = test.client.join("market:fish");
  test.watch("market:fish");
  test.client.close();
  test.expect_broadcast("market:main", "left", {{"stall", "main"}});
  test.expect_broadcast("market:fish", "left", {{"stall", "fish"}});
  CHECK(running_channels(test, "market") == 1); // bob's
}

TEST_CASE("crash: the client receives phx_error and no reply, others go on, and terminate is not called") {
  market_case test;
  const auto fish = test.client.join("market:fish");
  const auto crash = test.ann.push("no such event");
  test.client.expect_exactly({test.ann.pushed("phx_error", because("channel_crash"))});
  test.ann.expect_no_reply(crash);
  test.bob.expect_not_received("left");
  fish.expect_reply(fish.push("ask"), "ok");
  test.bob.push("call");
  test.client.expect_nothing();
  test.client.join("market:main");
}

// -- joins of one topic -----------------------------------------------------------

TEST_CASE("rejoin: events and leaves with the join_ref of an earlier join, or of none, are ignored") {
  market_case test;
  const auto again = test.client.join("market:main");
  test.ann.expect_closed();
  test.client.forget_received();
  test.ann.push("ask");
  test.ann.leave();
  test.client.expect_nothing();
  again.expect_reply(again.push("ask"), "ok");
}

TEST_CASE("join_ref: an event without one belongs to the present join, which the answer names") {
  market_case test;
  const auto push = test.client.push("market:main", "ask", {{"n", 1}});
  test.client.expect_exactly(
    {{{"event", "phx_reply"}, {"join_ref", "1"}, {"ref", push.ref}, {"payload", {{"response", {{"n", 1}}}}}}});
  const auto leave = test.client.push("market:main", "phx_leave");
  test.client.expect_exactly({reply_to(leave, "ok"), test.ann.pushed("phx_close")});
}

TEST_CASE("refs: they are answered with the JSON type that the client sent, also null") {
  market_case test;
  for (const json& ref : {json(15), json(1.5), json(true), json(nullptr), json{{"x", 1}}, json::array({1, 2})}) {
    test.client.send_frame(json{"1", ref, "market:main", "ask", json::object()}.dump());
    test.client.expect_exactly({{{"event", "phx_reply"}, {"join_ref", "1"}, {"ref", exactly(ref)}}});
  }
}

TEST_CASE(
  "frames: a topic that is no string is echoed and matches no route; an event that is no string has no handler") {
  market_case test;
  for (const json& topic : {json(7), json(nullptr), json{{"x", 1}}, json::array({1})}) {
    test.client.send_frame(json{"1", "9", topic, "phx_join", json::object()}.dump());
    test.client.expect_exactly({reply_to({topic.dump(), "9"}, "error", because("unmatched topic"))});
  }
  test.client.send_frame(R"(["1","9","market:main",null,{}])");
  test.ann.expect_error();
}

TEST_CASE("frames: escapes in a topic and an event are decoded, and names of any script arrive as they are") {
  channel_case test{markets()};
  const auto client = test.connect();
  client.send_frame(R"(["1","1","m\u0061rket:\ud83d\ude00","phx_join",{}])");
  const auto smile = client.joined({"market:\U0001F600", "1"});
  client.expect_reply({smile.topic(), "1"}, "ok", {{"stall", "\U0001F600"}});
  client.send_frame(R"(["1","2","market:\ud83d\ude00","\u0061sk",{"n":1}])");
  smile.expect_reply({smile.topic(), "2"}, "ok", {{"n", 1}});
}

TEST_CASE("order: what one client sends arrives at each of the others in that order, also on another node") {
  market_case test;
  const auto cat_client = test.start_node().connect();
  const auto cat = cat_client.join("market:main");
  cat_client.forget_received();
  std::vector<pattern> expected;
  for (int n = 0; n < 100; ++n) {
    test.ann.push("call", {{"n", n}});
    expected.push_back(cat.broadcasted("called", exactly({{"n", n}})));
  }
  cat_client.expect_exactly(expected);
}

// -- the topic of the server ----------------------------------------------------------

TEST_CASE("phoenix: a heartbeat is answered without a join, and any other event is unmatched") {
  channel_case test{markets()};
  const auto client = test.connect();
  client.heartbeat();
  for (const auto* event : {"hello", "phx_join"})
    client.expect_reply(client.push("phoenix", event), "error", because("unmatched topic"));
}

// -- serializer v1 ----------------------------------------------------------------

TEST_CASE("v1: joins, replies, pushes, broadcasts and ends carry no join_ref, and bytes come as base64") {
  channel_case test{markets()};
  const auto client = test.connect({{"vsn", "1.0.0"}});
  const auto ann = client.join("market:main", {{"n", 0}});
  CHECK(ann.response().at("params") == json{{"n", 0}});
  ann.expect_reply(ann.push("ask", {{"n", 1}}), "ok", exactly({{"n", 1}}));
  ann.push("show", {{"n", 2}});
  ann.push("call", {{"n", 3}});
  const auto without_join_ref = [](const std::string& event, const json& body) -> pattern {
    return {{"event", event}, {"join_ref", nullptr}, {"ref", nullptr}, {"payload", exactly(body)}};
  };
  client.expect_exactly({without_join_ref("shown", {{"n", 2}}), without_join_ref("called", {{"n", 3}})});
  const auto bob = test.connect().join("market:main");
  bob.push("call", payload::binary("\xff"));
  ann.expect_received("called", exactly({{"base64", "/w=="}}));
  client.expect_exactly({reply_to(ann.leave(), "ok", empty), {{"event", "phx_close"}, {"payload", empty}}});
}

TEST_CASE("v1: a client receives what one of v2 broadcasts, and the other way round") {
  channel_case test{markets()};
  const auto ann = test.connect({{"vsn", "1.0.0"}}).join("market:main");
  const auto bob = test.connect({{"vsn", "2.0.0"}}).join("market:main");
  ann.push("whisper", {{"n", 1}});
  bob.expect_received("called", exactly({{"n", 1}}));
  bob.push("whisper", {{"n", 2}});
  ann.expect_received("called", exactly({{"n", 2}}));
}
