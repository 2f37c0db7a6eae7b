#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>

#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

struct quiet : channel {
  using channel::channel;
  join_result join(const json&) override { return accept{}; }
  const event_table& handle_in() const override {
    static const events<quiet> table = {{"say", [](quiet&, const json&) { return reply::ok(); }}};
    return table;
  }
};

/// A channel that takes nothing.
struct undecided : channel {
  using channel::channel;
  join_result join(const json&) override { return defer_join{1h}; }
  const event_table& handle_in() const override {
    static const events<undecided> table = {{"say", [](undecided&, const json&) {}}};
    return table;
  }
};

/// The id of a socket is the param `id`.
struct known_socket : open_socket {
  connect_result connect(const connect_info& info) override {
    id_ = info.param("id");
    return connected{};
  }
  std::string id() const override { return id_; }
  std::string id_;
};

template <class Channel = quiet>
endpoint limited(const socket_options& of_socket, const channel_options& of_channel = {}) {
  return endpoint{"/socket"}.serve<known_socket>(of_socket).channel<Channel>("room:*", of_channel);
}

channel_options one_event_per_hour() {
  channel_options result;
  result.limits.events = rate{1, 1h, 1};
  return result;
}

const auto too_many_channels = because("too many channels joined");
const auto too_many_events = exactly({{"limit", "events"}, {"reason", "rate limited"}});

json list_of(int n) {
  json result = json::array();
  for (int i = 1; i <= n; ++i)
    result.push_back(i);
  return result;
}

} // namespace

TEST_CASE("rate limits: a rejoin of a topic gives no new allowance") {
  channel_case test{limited({}, one_event_per_hour())};
  const auto client = test.connect();
  const auto first = client.join("room:a");
  first.expect_reply(first.push("say"), "ok");
  for (int i = 0; i < 2; ++i) {
    const auto again = client.join("room:a");
    again.expect_reply(again.push("say"), "error", too_many_events);
  }
}

TEST_CASE("rate limits: a refusal of an event without a join_ref carries that of the present join") {
  channel_case test{limited({}, one_event_per_hour())};
  const auto client = test.connect();
  const auto join = client.begin_join("room:a");
  client.push("room:a", "say");
  client.forget_received();
  client.push("room:a", "say");
  client.expect_exactly({{{"event", "phx_reply"}, {"join_ref", join.ref}, {"payload", {{"status", "error"}}}}});
}

TEST_CASE("rate limits: leaving and rejoining a topic gives no new allowance") {
  channel_case test{limited({}, one_event_per_hour())};
  const auto client = test.connect();
  const auto first = client.join("room:a");
  first.expect_reply(first.push("say"), "ok");
  first.leave();
  const auto second = client.join("room:a");
  second.expect_reply(second.push("say"), "error", too_many_events);
}

TEST_CASE("rate limits: a refused client is allowed again after some time") {
  socket_options options;
  options.limits.events = rate::per_second(1);
  channel_case test{limited(options)};
  const auto room = test.connect().join("room:a");
  room.expect_reply(room.push("say"), "ok", empty);
  room.expect_reply(room.push("say"), "error", too_many_events);
  test.advance(1s);
  room.expect_reply(room.push("say"), "ok", empty);
  CHECK(test.events("limit.hit") == 1);
}

TEST_CASE("bounds: max_channels: the next join is refused and counted, and a rejoin is not") {
  socket_options options;
  options.max_channels = 2;
  channel_case test{limited(options)};
  const auto client = test.connect();
  client.join("room:a");
  client.join("room:b");
  client.expect_join_refused("room:c", {}, too_many_channels);
  CHECK(test.events("limit.hit") == 1);
  client.join("room:a");
}

TEST_CASE("bounds: max_join_bytes: a join with a larger topic and payload is refused, and the client goes on") {
  socket_options options;
  options.max_join_bytes = 20;
  channel_case test{limited(options)};
  const auto client = test.connect();
  client.expect_join_refused("room:a", {{"x", "1234567"}}, because("join too large"));
  client.expect_join_refused("room:123456789012345", {}, because("join too large"));
  CHECK(test.events("limit.hit") == 2);
  client.join("room:a", {{"x", "123456"}});
}

TEST_CASE("bounds: max_joins_per_id: all connections of a user have joined that many channels at most; a leave makes "
          "room") {
  socket_options options;
  options.max_joins_per_id = 1;
  channel_case test{limited(options)};
  const auto ann = test.connect({{"id", "ann"}});
  const auto room = ann.join("room:a");
  const auto ann_again = test.connect({{"id", "ann"}});
  ann_again.expect_join_refused("room:b", {}, too_many_channels);
  CHECK(test.events("limit.hit") == 1);
  test.connect({{"id", "bob"}}).join("room:b");
  room.leave();
  ann_again.join("room:b");
}

TEST_CASE("bounds: join_limits: all clients have joined that many channels, of that many bytes, at most; a leave makes "
          "room") {
  channel_case test{limited({}), {.configure = [](node_options& x) { x.joins = {.max_joins = 2, .max_bytes = 30}; }}};
  const auto client = test.connect();
  const auto large = client.join("room:a", {{"x", "12345678901234"}});
  client.expect_join_refused("room:b", {}, too_many_channels); // 28 and 8 bytes
  client.expect_join_refused("a:b", {}, because("unmatched topic"));
  large.leave();
  client.join("room:a");
  client.join("room:b");
  client.expect_join_refused("room:c", {}, too_many_channels);
  CHECK(test.events("limit.hit") == 2);
}

TEST_CASE("bounds: max_message_values: a message with more is answered and not handled, and the client goes on") {
  socket_options options;
  options.max_message_values = 5;
  channel_case test{limited(options)};
  const auto client = test.connect();
  client.expect_join_refused("room:a", list_of(5), because("too many values"));
  const auto room = client.join("room:a", {{"a", {1, 2}}, {"b", "[[[,"}});
  room.expect_reply(room.push("say", list_of(5)), "error", because("too many values"));
  CHECK(test.events("limit.hit") == 2);
  room.expect_reply(room.push("say", list_of(4)), "ok", empty);
}

TEST_CASE("bounds: a join over a limit is answered with its own join_ref, and a leave is over none") {
  socket_options options;
  options.max_message_values = 5;
  channel_case test{limited(options)};
  const auto client = test.connect();
  const auto join = client.begin_join("room:a");
  client.forget_received();
  const auto large = client.begin_join("room:a", list_of(5));
  client.expect_exactly({{{"event", "phx_reply"},
                          {"join_ref", large.ref},
                          {"ref", large.ref},
                          {"payload", exactly({{"status", "error"}, {"response", {{"reason", "too many values"}}}})}}});
  const auto leave = client.joined(join).push("phx_leave", list_of(5));
  client.expect_exactly({reply_to(leave, "ok", empty), closed(join)});
}

TEST_CASE("bounds: inbox_limits: when the messages of all clients hold that much, the next large one is answered and "
          "not kept, and small ones are") {
  channel_case test{limited<undecided>({}), {.configure = [](node_options& x) { x.inboxes.max_bytes = 30'000; }}};
  const auto client = test.connect();
  client.begin_join("room:a");
  const auto say = [&](size_t bytes) { return client.push("room:a", "say", std::string(bytes, 'x')); };
  client.expect_exactly({reply_to(say(40'000), "error", because("busy"))});
  say(20'000);
  say(20'000);
  client.expect_nothing();
  client.expect_exactly({reply_to(say(20'000), "error", because("busy"))});
  say(10);
  client.expect_nothing();
  CHECK(test.events("limit.hit") == 2);
}

TEST_CASE("bounds: max_ref_bytes: a message with a longer ref is none, and closes the connection") {
  channel_case test{limited({})};
  const auto client = test.connect();
  const auto join_with = [&](size_t bytes) {
    client.send_frame(R"(["1",")" + std::string(bytes, 'r') + R"(","room:a","phx_join",{}])");
  };
  join_with(1'022);
  client.expect_connected();
  join_with(1'023);
  client.expect_disconnected(1011);
}
