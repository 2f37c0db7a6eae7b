// What a channel does with the joins and events of its client, and what reaches whom. Source: Phoenix.Channel.
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/market.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/actors/pubsub.hpp>

using namespace bennu;
using namespace bennu::test;

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

TEST_CASE("reply: a handler answers ok or error with its payload, or gives no answer") {
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
