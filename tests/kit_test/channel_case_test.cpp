#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/kit_test/failure.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/reply.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

struct user_socket : bennu::socket {
  connect_result connect(const connect_info& info) override {
    name = info.param("user");
    if (name.empty())
      return connect_refused{403, "who are you?"};
    return connected{};
  }
  std::string id() const override { return "user:" + name; }
  std::string name;
};

struct after_join {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(after_join)

namespace {

class room : public channel {
public:
  using channel::channel;

  join_result join(const json& params) override {
    if (params.contains("secret"))
      return refuse{{{"reason", "unauthorized"}}};
    name_ = socket_as<user_socket>().name;
    self()->send(self(), after_join{});
    return accept{{{"welcome", name_}}};
  }

  const event_table& handle_in() const override {
    static const events<room> table = {
      {"shout",
       [](room& self, const json& in) {
         self.broadcast("shout", {{"body", in.at("body")}, {"by", self.name_}, {"id", 7}});
         return reply::ok({{"id", 7}});
       }},
      {"whisper", [](room& self, const json& in) { self.broadcast_from("whisper", in); }},
      {"later", [](room& self, const json&) { self.self()->delayed_send(self.self(), 30s, after_join{}); }},
      {"compute",
       [](room& self, const json&) {
         return self.blocking([] { return 42; }, [](int x) { return reply::ok({{"x", x}}); });
       }},
      {"bytes", [](room& self, const payload& in) { self.push("bytes", in); }},
      {"stop", [](room&, const json&) { return reply::ok().stop(); }},
    };
    return table;
  }

  caf::message_handler handle_info() override {
    return {[this](after_join) {
      presence().track(name_, {{"status", "here"}});
      push("presence_state", presence().list());
    }};
  }

private:
  std::string name_;
};

endpoint rooms() {
  return endpoint{"/socket"}.serve<user_socket>().channel<room>("room:*");
}

} // namespace

TEST_CASE("channel_case: a push is answered and broadcast") {
  channel_case test{rooms()};
  auto ann = test.connect({{"user", "ann"}}).join("room:lobby");
  auto bob = test.connect({{"user", "bob"}}).join("room:lobby");
  CHECK(ann.response() == json{{"welcome", "ann"}});
  const auto ref = ann.push("shout", {{"body", "hi"}});
  json id;
  ann.expect_reply(ref, "ok", {{"id", capture(id)}});
  test.expect_broadcast("room:lobby", "shout", {{"id", id}, {"body", "hi"}});
  bob.expect_received("shout", {{"by", "ann"}});
  bob.expect_not_received("shout");
}

TEST_CASE("channel_case: broadcast_from reaches the others only") {
  channel_case test{rooms()};
  auto ann = test.connect({{"user", "ann"}}).join("room:lobby");
  auto bob = test.connect({{"user", "bob"}}).join("room:lobby");
  ann.expect_no_reply(ann.push("whisper", {{"body", "psst"}}));
  bob.expect_received("whisper", {{"body", "psst"}});
  ann.expect_not_received("whisper");
  test.expect_broadcast("room:lobby", "whisper");
}

TEST_CASE("channel_case: a refused socket and a refused join say why") {
  channel_case test{rooms()};
  CHECK(contains(failure_of([&] { test.connect({}); }), "the socket refuses the client: status 403 who are you?"));
  CHECK(std::get<connect_refused>(test.try_connect({})).status == 403);
  auto ann = test.connect({{"user", "ann"}});
  CHECK(ann.id() == "user:ann");
  const auto answer = ann.try_join("room:x", {{"secret", true}});
  CHECK(answer.status == "error");
  CHECK(answer.response == json{{"reason", "unauthorized"}});
  CHECK(contains(failure_of([&] { ann.join("room:x", {{"secret", true}}); }), "unauthorized"));
  CHECK(ann.try_join("nowhere").response == json{{"reason", "unmatched topic"}});
}

TEST_CASE("channel_case: timers fall due when time passes, and not before") {
  channel_case test{rooms()};
  auto ann = test.connect({{"user", "ann"}}).join("room:lobby");
  ann.expect_push("presence_state");
  ann.push("later");
  test.advance(29s);
  ann.expect_no_push("presence_state");
  test.advance(1s);
  ann.expect_push("presence_state");
}

TEST_CASE("channel_case: a channel that crashes runs again and its client stays joined") {
  channel_case test{rooms()};
  auto ann = test.connect({{"user", "ann"}}).join("room:lobby");
  test.crash(ann);
  test.expect_restarted(ann);
  ann.expect_reply(ann.push("shout", {{"body", "still here"}}), "ok");
  const auto broken = ann.push("shout", json::object()); // no body: the handler throws
  ann.expect_reply(broken, "error", {{"reason", "crashed"}});
  CHECK(test.events("process.crashed") == 1);
}

TEST_CASE("channel_case: presence shows clients and simulated members") {
  channel_case test{rooms()};
  auto ann = test.connect({{"user", "ann"}}).join("room:lobby");
  auto bob = test.track("room:lobby", "bob", {{"status", "away"}});
  const pattern ann_is_here{{"metas", list({{{"status", "here"}}})}};
  CHECK(pattern{{"ann", ann_is_here}, {"bob", {{"metas", list({{{"status", "away"}}})}}}}.matches(
    test.presence("room:lobby")));
  test.advance(1s);
  ann.expect_received("presence_diff", {{"joins", {{"bob", any()}}}});
  bob.leave();
  test.advance(1s);
  ann.expect_received("presence_diff", {{"leaves", {{"bob", any()}}}});
  CHECK_FALSE(test.presence("room:lobby").contains("bob"));
}

TEST_CASE("channel_case: blocking work, binary payloads, leaves, stops and closes") {
  channel_case test{rooms()};
  auto client = test.connect({{"user", "ann"}});
  auto ann = client.join("room:lobby");
  ann.expect_reply(ann.push("compute"), "ok", {{"x", 42}});
  ann.push("bytes", payload::binary("\x01\x02"));
  CHECK(ann.expect_push("bytes").get_binary() == json::binary_t{std::vector<uint8_t>{1, 2}});
  ann.expect_reply(ann.leave(), "ok");
  ann.expect_closed();
  auto again = client.join("room:lobby");
  again.expect_reply(again.push("stop"), "ok");
  again.expect_closed();
  auto third = client.join("room:lobby");
  client.close();
  CHECK_FALSE(third.actor());
}

TEST_CASE("channel_case: a broadcast of another part of the program and a kick reach the client") {
  channel_case test{rooms()};
  auto client = test.connect({{"user", "ann"}});
  auto ann = client.join("room:lobby");
  test.broadcast("room:lobby", "news", {{"text", "rain"}});
  ann.expect_received("news", {{"text", "rain"}});
  CHECK(client.close_code() == 0);
  test.broadcast(client.id(), "disconnect");
  CHECK(client.close_code() == 1001);
}

TEST_CASE("channel_case: a failed expectation names the line, the first difference and the actual value") {
  channel_case test{rooms()};
  auto ann = test.connect({{"user", "ann"}}).join("room:lobby");
  ann.expect_push("presence_state");
  const auto ref = ann.push("shout", {{"body", "hi"}});
  CHECK(contains(failure_of([&] {
                   test.expect_broadcast("room:lobby", "shout", {{"body", "ho"}});
                 }),
                 R"(at /body: expected "ho", got "hi")"));
  CHECK(contains(failure_of([&] { test.expect_broadcast("room:x", "shout"); }), R"(call watch("room:x") first)"));
  const auto text = failure_of([&] { ann.expect_reply(ref, "ok", {{"id", 8}}); });
  CHECK(contains(text, "channel_case_test.cpp:"));
  CHECK(contains(text, "at /id: expected 8, got 7"));
  CHECK(contains(failure_of([&] { ann.expect_push("nothing"); }), R"(no push "nothing")"));
}

TEST_CASE("channel_case: the supervision tree is a value") {
  channel_case test{rooms()};
  auto ann = test.connect({{"user", "ann"}}).join("room:lobby");
  size_t rooms_that_run = 0;
  for_each_node(test.tree(), [&](const tree_node& x, size_t) {
    rooms_that_run += x.id == "room" && x.state == child_state::running;
  });
  CHECK(rooms_that_run == 1);
}

TEST_CASE("channel_case: injected faults hit the channel") {
  channel_case test{rooms()};
  auto ann = test.connect({{"user", "ann"}}).join("room:lobby");
  test.fault("drop label=room* event=shout");
  ann.expect_no_reply(ann.push("shout", {{"body", "lost"}}));
  test.no_more_faults();
  ann.expect_reply(ann.push("shout", {{"body", "heard"}}), "ok");
}
