#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>

using namespace bennu;
using namespace std::chrono_literals;
using bennu::test::client_case;
using texts = std::vector<std::string>;

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

const std::string over_a_bound = R"({"reason":"too many channels joined"},"status":"error"}])";

/// Joins the topic, and says how it was answered.
std::string join_answer(client_case& test, const std::string& topic, const std::string& payload = "{}") {
  test.send(R"(["1","1",")" + topic + R"(","phx_join",)" + payload + "]");
  const auto answer = test.seen().front();
  return answer.substr(answer.find(R"("response":)") + 11);
}

const std::string join_is_ok = R"({},"status":"ok"}])";

} // namespace

TEST_CASE("rate limits: a rejoin of a topic gives no new allowance") {
  channel_options options;
  options.limits.events = rate{1, 1h, 1};
  client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<quiet>("room:*", options)};
  for (int i = 0; i < 3; ++i) {
    test.send(R"(["1","1","room:a","phx_join",{}])");
    test.seen();
    test.send(R"(["1","2","room:a","say",{}])");
    CHECK((test.seen().back().find("rate limited") != std::string::npos) == (i > 0));
  }
}

TEST_CASE("rate limits: a refusal of an event without a join_ref carries that of the present join") {
  channel_options options;
  options.limits.events = rate{1, 1h, 1};
  client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<quiet>("room:*", options)};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.send(R"([null,"2","room:a","say",{}])");
  test.seen();
  test.send(R"([null,"3","room:a","say",{}])");
  CHECK(test.seen().front().starts_with(R"(["1","3","room:a","phx_reply",)"));
}

TEST_CASE("rate limits: leaving and rejoining a topic gives no new allowance") {
  channel_options route;
  route.limits.events = rate{1, 1h, 1};
  client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<quiet>("room:*", route)};
  for (const std::string ref : {"1", "2"}) {
    test.send("[\"" + ref + "\",\"" + ref + R"(","room:a","phx_join",{}])");
    test.seen();
    test.send("[\"" + ref + R"(","say","room:a","say",{}])");
    CHECK(test.seen().front().ends_with(ref == "1" ? R"("status":"ok"}])" : R"("status":"error"}])"));
    test.send("[\"" + ref + R"(","leave","room:a","phx_leave",{}])");
  }
}

TEST_CASE("rate limits: a refused client is allowed again after some time") {
  socket_options options;
  options.limits.events = rate::per_second(1);
  client_case test{endpoint{"/socket"}.serve<test::open_socket>(options).channel<quiet>("room:*")};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.seen();
  const auto say = [&test] {
    test.send(R"(["1","2","room:a","say",{}])");
    return test.seen();
  };
  const texts ok = {R"(["1","2","room:a","phx_reply",{"response":{},"status":"ok"}])"};
  const texts over = {
    R"(["1","2","room:a","phx_reply",{"response":{"limit":"events","reason":"rate limited"},"status":"error"}])"};
  CHECK(say() == ok);
  CHECK(say() == over);
  test.advance(1s);
  CHECK(say() == ok);
  CHECK(test.events("limit.hit") == 1);
}

TEST_CASE("bounds: max_channels: the next join is refused and counted, and a rejoin is not") {
  socket_options options;
  options.max_channels = 2;
  client_case test{endpoint{"/socket"}.serve<test::open_socket>(options).channel<quiet>("room:*")};
  CHECK(join_answer(test, "room:a") == join_is_ok);
  CHECK(join_answer(test, "room:b") == join_is_ok);
  CHECK(join_answer(test, "room:c") == over_a_bound);
  CHECK(test.events("limit.hit") == 1);
  test.send(R"(["2","2","room:a","phx_join",{}])");
  CHECK(test.seen().front().ends_with(join_is_ok)); // then the former one is closed
}

TEST_CASE("bounds: max_join_bytes: a join with a larger topic and payload is refused, and the client goes on") {
  socket_options options;
  options.max_join_bytes = 20;
  client_case test{endpoint{"/socket"}.serve<test::open_socket>(options).channel<quiet>("room:*")};
  CHECK(join_answer(test, "room:a", R"({"x":"1234567"})") == R"({"reason":"join too large"},"status":"error"}])");
  CHECK(join_answer(test, "room:123456789012345") == R"({"reason":"join too large"},"status":"error"}])");
  CHECK(test.events("limit.hit") == 2);
  CHECK(join_answer(test, "room:a", R"({"x":"123456"})") == join_is_ok);
}

TEST_CASE("bounds: max_joins_per_id: all connections of a user have joined that many channels at most; a leave makes "
          "room") {
  socket_options options;
  options.max_joins_per_id = 1;
  client_case test{endpoint{"/socket"}.serve<test::open_socket>(options).channel<quiet>("room:*"),
                   {},
                   {},
                   client_case::without_threads(),
                   "ann"};
  CHECK(join_answer(test, "room:a") == join_is_ok);
  CHECK(join_answer(test, "room:b") == over_a_bound);
  CHECK(test.events("limit.hit") == 1);
  test.send(R"(["1","2","room:a","phx_leave",{}])");
  test.seen();
  CHECK(join_answer(test, "room:b") == join_is_ok);
}

TEST_CASE("bounds: join_limits: all clients have joined that many channels, of that many bytes, at most; a leave makes "
          "room") {
  auto of_node = client_case::without_threads();
  of_node.joins = {.max_joins = 2, .max_bytes = 30};
  client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<quiet>("room:*"), {}, {}, of_node};
  CHECK(join_answer(test, "room:a", R"({"x":"12345678901234"})") == join_is_ok);
  CHECK(join_answer(test, "room:b") == over_a_bound); // 28 and 8 bytes
  CHECK(join_answer(test, "a:b") == R"({"reason":"unmatched topic"},"status":"error"}])");
  test.send(R"(["1","2","room:a","phx_leave",{}])");
  test.seen();
  for (const auto* topic : {"room:a", "room:b"})
    CHECK(join_answer(test, topic) == join_is_ok);
  CHECK(join_answer(test, "room:c") == over_a_bound);
  CHECK(test.events("limit.hit") == 2);
}

TEST_CASE("bounds: max_message_values: a message with more is answered and not handled, and the client goes on") {
  socket_options options;
  options.max_message_values = 5;
  client_case test{endpoint{"/socket"}.serve<test::open_socket>(options).channel<quiet>("room:*")};
  CHECK(join_answer(test, "room:a", R"([1,2,3,4,5])") == R"({"reason":"too many values"},"status":"error"}])");
  CHECK(join_answer(test, "room:a", R"({"a":[1,2],"b":"[[[,"})") == join_is_ok);
  test.send(R"([null,"2","room:a","say",[1,2,3,4,5]])");
  CHECK(test.seen()
        == texts{R"(["1","2","room:a","phx_reply",{"response":{"reason":"too many values"},"status":"error"}])"});
  CHECK(test.events("limit.hit") == 2);
  test.send(R"(["1","3","room:a","say",[1,2,3,4]])");
  CHECK(test.seen() == texts{R"(["1","3","room:a","phx_reply",{"response":{},"status":"ok"}])"});
}

TEST_CASE("bounds: a join over a limit is answered with its own join_ref, and a leave is over none") {
  socket_options options;
  options.max_message_values = 5;
  client_case test{endpoint{"/socket"}.serve<test::open_socket>(options).channel<quiet>("room:*")};
  CHECK(join_answer(test, "room:a", "{}") == join_is_ok);
  test.send(R"(["7","7","room:a","phx_join",[1,2,3,4,5]])");
  CHECK(test.seen()
        == texts{R"(["7","7","room:a","phx_reply",{"response":{"reason":"too many values"},"status":"error"}])"});
  test.send(R"(["1","8","room:a","phx_leave",[1,2,3,4,5]])");
  CHECK(test.seen()
        == texts{R"(["1","8","room:a","phx_reply",{"response":{},"status":"ok"}])",
                 R"(["1","1","room:a","phx_close",{}])"});
}

TEST_CASE("bounds: inbox_limits: when the messages of all clients hold that much, the next large one is answered and "
          "not kept, and small ones are") {
  auto of_node = client_case::without_threads();
  of_node.inboxes.max_bytes = 30'000;
  client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<undecided>("room:*"), {}, {}, of_node};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  const auto say = [&test](size_t bytes) {
    test.send(R"([null,"2","room:a","say",")" + std::string(bytes, 'x') + R"("])");
    return test.seen();
  };
  const texts busy = {R"(["1","2","room:a","phx_reply",{"response":{"reason":"busy"},"status":"error"}])"};
  CHECK(say(40'000) == busy);
  for (int i = 0; i < 2; ++i)
    CHECK(say(20'000) == texts{});
  CHECK(say(20'000) == busy);
  CHECK(say(10) == texts{});
  CHECK(test.events("limit.hit") == 2);
}

TEST_CASE("bounds: max_ref_bytes: a message with a longer ref is none, and closes the connection") {
  client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<quiet>("room:*")};
  CHECK(test.client().receive(engine::opcode::text,
                              R"(["1",")" + std::string(1'022, 'r') + R"(","room:a","phx_join",{}])"));
  CHECK_FALSE(test.client().receive(engine::opcode::text,
                                    R"(["1",")" + std::string(1'023, 'r') + R"(","room:a","phx_join",{}])"));
  test.settle();
}
