// What a client may send, and what it gets in each version of the protocol. Source: Phoenix.Socket, its serializers.
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/market.hpp"

using namespace bennu;
using namespace bennu::test;

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

TEST_CASE("refs: a reply carries the ref as the client sent it, whatever its JSON type") {
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

TEST_CASE("frames: what is no message of its serializer closes the connection with 1011, and nobody else notices") {
  market_case test;
  for (const auto* text :
       {"", "{}", "[]", "null", "nope", R"(["1","2","t","e"])", R"(["1","2","t","e",{}]x)", R"(["1","2","t","e",{})",
        R"(["1","2","t","e",{},])", R"(["1","2","t","e",{},nope])", "\"\"", R"([1,2,"\x"])"}) {
    CAPTURE(text);
    const auto client = test.connect();
    client.send_frame(text);
    client.expect_disconnected(1011);
  }
  for (const auto* text :
       {"", "[]", "null", R"(["1","2","t","e",{}])", "{", "{}", R"({"topic")", R"({"topic":)",
        R"({"topic":"t","event":"e","payload":{},"ref":1)", R"({"topic":"t","event":"e","payload":{},"ref":1,})",
        R"({"topic":"t","event":"e","payload":{},"ref":1}x)"}) {
    CAPTURE(text);
    const auto client = test.connect({{"vsn", "1.0.0"}});
    client.send_frame(text);
    client.expect_disconnected(1011);
  }
  test.ann.expect_reply(test.ann.push("ask"), "ok");
}

TEST_CASE("frames: elements after the fifth, and members of v1 without a meaning, are ignored") {
  channel_case test{markets()};
  const auto ann = test.connect();
  ann.send_frame(R"(["1","1","market:main","phx_join",{"n":1},"more",{}])");
  ann.expect_reply({"market:main", "1"}, "ok", {{"params", {{"n", 1}}}});
  const auto bob = test.connect({{"vsn", "1.0.0"}});
  bob.send_frame(R"({"x":[1],"topic":"market:main","event":"phx_join","payload":{"n":1},"ref":"1","more":{}})");
  bob.expect_reply({"market:main", "1"}, "ok", {{"params", {{"n", 1}}}});
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
