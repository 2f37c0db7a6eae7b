#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/wire/application_serializer.hpp"
#include "tests/actors/answers.hpp"
#include "tests/actors/odd_serializer.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/channel.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

class echo : public channel_of<echo> {
public:
  using channel_of::channel_of;
  join_result join(const json&) override { return accept{}; }
  static events<echo> events_in() {
    return {{"echo", [](echo&, const payload& in) { return reply::ok(in); }},
            {"push", [](echo& self, const payload& in) { self.push("pushed", in); }},
            {"shout", [](echo& self, const payload& in) { self.broadcast("shout", in); }},
            {"shout bytes", [](echo& self, const payload&) { self.broadcast("bytes", payload::binary("\x01")); }},
            {"push to no UTF-8", [](echo& self, const payload& in) { self.push_to("feed:\xff", "x", in); }},
            {"follow", [](echo& self, const payload&) { CHECK(self.subscribe("feed:1")); }}};
  }
};

endpoint odd_endpoint() {
  return endpoint{"/socket"}.serve<open_socket>().serializer<odd_serializer>("2.0.0").channel<echo>("echo:*");
}

/// A client of such an endpoint that has joined `echo:a`.
struct odd_case : channel_case {
  odd_case() : channel_case(odd_endpoint()) {}

  test_client client = connect();
  test_channel echo = client.join("echo:a");
};

} // namespace

TEST_CASE("own serializer: a client that asks for its version or a later patch gets it, others the official ones") {
  auto x = endpoint{"/socket"}.serve<open_socket>().serializer<odd_serializer>("3.1.4");
  const auto* own = x.serializer_for("3.1.4");
  REQUIRE(own != nullptr);
  CHECK(x.serializer_for("3.1.5-rc.1+build") == own);
  CHECK(x.serializer_for("3.1.99999999999999999999") == own);
  for (const auto* vsn : {"3.1.3", "3.1.4-rc", "3.2.0", "4.1.4", "3.1", "", "3.1.4.0"})
    CHECK_MESSAGE(x.serializer_for(vsn) == nullptr, vsn);
  CHECK(x.serializer_for("2.0.0") == &serializer_v2());
  CHECK(x.serializer_for(std::nullopt) == &serializer_v1());
  x.serializer<odd_serializer>("1.0.0");
  CHECK(x.serializer_for(std::nullopt) != &serializer_v1());
  CHECK(x.serializer_for("1.0.3") == x.serializer_for(std::nullopt));
}

TEST_CASE("own serializer: a version that is malformed or taken is refused when the endpoint is configured") {
  auto x = endpoint{"/socket"}.serve<open_socket>().serializer<odd_serializer>("3.0.0");
  CHECK_THROWS_WITH_AS(x.serializer<odd_serializer>("3.0.1"),
                       "endpoint \"/socket\" has a serializer for version 3.0.1 already", std::invalid_argument);
  for (const auto* version :
       {"", "3", "3.1", "3.1.0.0", "03.1.0", "3.1.0-rc", "3.1.0+b", "3.1.x", "4294967296.0.0", "~> 3"})
    CHECK_THROWS_AS(x.serializer<odd_serializer>(version), std::invalid_argument);
}

TEST_CASE("own serializer: of two clients of one topic each gets the same broadcast in its own format") {
  channel_case test{
    endpoint{"/socket"}.serve<open_socket>().serializer<odd_serializer>("3.1.4").channel<echo>("echo:*")};
  const auto odd = test.connect({{"vsn", "3.1.5-rc.1+build"}});
  const auto official = test.connect({{"vsn", "2.0.0"}}).join("echo:a");
  odd.join("echo:a");
  official.push("shout", json("inexpressible")); // in the odd format
  official.expect_received("shout", json("inexpressible"));
  odd.expect_nothing();
  official.push("shout", {{"x", 1}});
  odd.expect_exactly({broadcasted("shout", exactly({{"x", 1}}))});
}

TEST_CASE("own serializer: a client that cannot be told the position of binary bytes gets them, and disturbs nobody") {
  channel_options kept;
  kept.history = history{};
  channel_case test{
    endpoint{"/socket"}.serve<open_socket>().serializer<odd_serializer>("3.1.4").channel<echo>("echo:*", kept)};
  const auto odd = test.connect({{"vsn", "3.1.4"}}).join("echo:a");
  const auto official = test.connect({{"vsn", "2.0.0"}}).join("echo:a");
  official.push("shout bytes");
  official.push("shout", {{"x", 1}});
  official.expect_received("shout", json{{"x", 1}});
  odd.expect_received("shout", json{{"x", 1}});
  CHECK(test.events("process.crashed") == 0);
}

TEST_CASE("own serializer: joins, replies, pushes and broadcasts go through it") {
  odd_case test;
  const auto echo = test.echo.push("echo", {{"x", 1}});
  test.echo.push("push", {{"x", 2}});
  test.echo.push("shout", {{"x", 3}});
  test.client.expect_exactly({reply_to(echo, "ok", exactly({{"x", 1}})), pushed("pushed", exactly({{"x", 2}})),
                              broadcasted("shout", exactly({{"x", 3}}))});
  test.client.expect_exactly({reply_to(test.echo.leave(), "ok", empty), pushed("phx_close", empty)});
}

TEST_CASE("own serializer: v2 gives a broadcast the position as its ref, and the end of a channel its join_ref") {
  const auto text = [](const json& join_ref, const json& ref, const std::string& event) {
    return socket_serializer::v2().encode({join_ref, ref, "log:a", event, {}, {}})->bytes;
  };
  CHECK(text(nullptr, "@AQ", "msg") == R"([null,"@AQ","log:a","msg",{}])");
  CHECK(text("1", "1", "phx_close") == R"(["1","1","log:a","phx_close",{}])");
  CHECK(text("1", nullptr, "msg") == R"(["1",null,"log:a","msg",{}])");
}

TEST_CASE(
  "own serializer: one that throws, or decodes what is no message, closes its connection with 1011 and is logged") {
  for (const std::string event :
       {"throw in decode", "throw a number", "a body that is no JSON", "a topic that is no UTF-8",
        "an event that is no UTF-8", "a ref that is no UTF-8", "a deep ref"}) {
    CAPTURE(event);
    odd_case test;
    test.echo.push(event);
    test.client.expect_disconnected(1011);
    CHECK(test.events("serializer.failed") == 1);
  }
}

TEST_CASE("own serializer: a ref that it failed to parse is null, and the event is handled") {
  odd_case test;
  test.echo.push("a ref that is no JSON", {{"x", 1}});
  test.client.expect_exactly(
    {{{"event", "phx_reply"}, {"ref", nullptr}, {"payload", exactly({{"status", "ok"}, {"response", {{"x", 1}}}})}}});
  test.client.expect_connected();
}

TEST_CASE("own serializer: a channel that pushes a topic that is not UTF-8 crashes, and its client stays connected") {
  odd_case test;
  test.client.expect_exactly({reply_to(test.echo.push("push to no UTF-8"), "error", because("crashed"))});
  test.client.expect_connected();
  CHECK(test.events("serializer.failed") == 0);
}

TEST_CASE(
  "own serializer: one that throws, or encodes text that is not UTF-8, closes its connection, whatever was sent") {
  for (const std::string wish : {"throw in encode", "text that is no UTF-8"})
    for (const std::string event : {"echo", "push", "shout", "feed"}) {
      CAPTURE(event);
      odd_case test;
      test.echo.push("follow");
      if (event == "feed")
        test.broadcast("feed:1", "item", json(wish));
      else
        test.echo.push(event, json(wish));
      test.client.expect_disconnected(1011);
      test.client.expect_nothing();
      CHECK(test.events("serializer.failed") == 1);
      CHECK(test.events("process.crashed") == 0); // the channel did nothing wrong
    }
}

TEST_CASE("own serializer: a message that it cannot express is an error for the channel or the client, or is skipped") {
  odd_case test;
  const auto inexpressible = [&](const char* event) { return test.echo.push(event, json("inexpressible")); };
  test.client.expect_exactly({reply_to(inexpressible("echo"), "error", because("the reply cannot be encoded"))});
  inexpressible("shout");
  test.client.expect_nothing();
  test.client.expect_exactly({reply_to(inexpressible("push"), "error", because("crashed"))}); // the channel crashes
  test.client.expect_connected();
}

TEST_CASE("own serializer: a broadcast is encoded once for each serializer, also when threads ask at the same time") {
  std::vector<std::shared_ptr<std::atomic<int>>> counts;
  std::vector<std::unique_ptr<application_serializer>> formats;
  for (int i = 0; i < 3; ++i) {
    counts.push_back(std::make_shared<std::atomic<int>>(0));
    formats.push_back(
      std::make_unique<application_serializer>("3.0.0", std::make_shared<const odd_serializer>(counts.back())));
  }
  const auto x = caf::make_counted<const broadcast>("feed:1", "item", json{{"n", 1}});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (const auto& format : formats)
        x->encoded(*format);
    });
  for (auto& thread : threads)
    thread.join();
  for (const auto& count : counts)
    CHECK(*count == 1);
  CHECK(x->encoded(*formats[0])->body() == R"([null,null,"feed:1","item",{"n":1}])");
  CHECK(x->encoded(*formats[0]) != x->encoded(*formats[1]));
  CHECK(x->encoded(serializer_v2())->body() == x->encoded(*formats[2])->body());
}

TEST_CASE("payload: a text from outside becomes a payload only when it is one JSON value") {
  CHECK(payload::parse(R"({"x":[1.0,"é"]})")->bytes() == R"({"x":[1.0,"é"]})");
  for (const auto* text : {"", "{", "1 2", "{}}", "\"\xff\"", "nul", "[1,]"})
    CHECK_MESSAGE(!payload::parse(text), text);
}
