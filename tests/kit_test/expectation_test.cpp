// Every expectation of a `channel_case` can fail, and says why.
#include <functional>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/kit_test/failure.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/supervision/fault.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

struct open_door : bennu::socket {
  connect_result connect(const connect_info& info) override {
    if (info.params.contains("no"))
      return connect_refused{};
    return connected{};
  }
  std::string id() const override { return "door"; }
};

class saying : public channel_of<saying> {
public:
  using channel_of::channel_of;
  join_result join(const json& params) override {
    if (params.contains("later"))
      return defer_join{};
    return accept{};
  }
  static events<saying> events_in() {
    return {{"say", [](saying& self, const json& in) {
               self.push("pushed", in);
               self.broadcast("told", in);
               return reply::ok(in);
             }}};
  }
};

struct failing_case : channel_case {
  failing_case() : channel_case(endpoint{"/socket"}.serve<open_door>().channel<saying>("room:*")) {}

  void fails(const std::function<void()>& f, const char* says) {
    const auto text = failure_of(f);
    INFO(text);
    CHECK(contains(text, "expectation_test.cpp:"));
    CHECK(contains(text, says));
  }

  test_client client = connect();
  test_channel room = client.join("room:a");
};

} // namespace

TEST_CASE("expectations: what is expected and does not happen fails") {
  failing_case test;
  test.fails([&] { test.connect({{"no", "1"}}); }, "the socket refuses the client");
  test.fails([&] { test.connect({{"vsn", "9.0.0"}}); }, "the endpoint has no serializer for version \"9.0.0\"");
  test.fails([&] { test.client.join("nowhere"); }, "unmatched topic");
  test.fails([&] { test.client.try_join("room:b", {{"later", true}}); }, "the join of room:b is not answered");
  test.fails([&] { test.room.expect_reply({"room:a", "99"}, "ok"); }, "no reply to push 99 on room:a");
  test.fails([&] { test.client.expect_reply({"room:a", "99"}, "ok"); }, "no reply to push 99");
  test.fails([&] { test.room.expect_push("pushed"); }, "no push \"pushed\"");
  test.fails([&] { test.room.expect_received("told"); }, "the client received no broadcast \"told\"");
  test.fails([&] { test.client.expect_received("room:b", "told"); }, "the client received under room:b no \"told\"");
  test.fails([&] { test.expect_broadcast("room:a", "told"); }, "no broadcast \"told\"");
  test.fails([&] { test.room.expect_closed(); }, "the client received no phx_close: the channel has not ended");
  test.fails([&] { test.room.expect_error(); }, "restarts in place (expect_restarted)");
  test.fails([&] { test.client.expect_disconnected(1000); }, "the connection is still open");
  test.fails([&] { test.client.expect_exactly({any()}); }, "the messages do not match");
  test.fails([&] { test.expect_restarted(test.room); }, "the channel of room:a (client 1, join_ref 1) has not crashed");
}

TEST_CASE("expectations: a failure says what is wrong about the message of the right name") {
  failing_case test;
  const auto other = test.client.join("room:b");
  test.room.push("say", {{"x", 1}}); // is pushed, and then told to all
  test.fails([&] { test.room.expect_push("pushed", {{"x", 2}}); }, R"((join_ref 1): at /x: expected 2, got 1)");
  test.fails([&] { test.room.expect_received("told", {{"x", 2}}); }, R"({"x":1}: at /x: expected 2, got 1)");
  test.fails([&] { test.room.expect_push("told"); }, R"(told {"x":1}: it is a broadcast, for expect_received)");
  test.fails([&] { test.room.expect_received("pushed"); }, "(join_ref 1): it is a push, for expect_push");
  test.fails([&] { test.client.expect_received("room:a", "pushed"); }, "(join_ref 1): it is a push, for expect_push");
  const auto again = test.client.join("room:a");
  test.fails([&] { again.expect_push("pushed"); }, "(join_ref 1): it is a push of another join");
}

TEST_CASE("expectations: a refused join is named, and where somebody has crashed the failure says who, and why") {
  failing_case test;
  test.fails([&] { test.client.join("hall:a"); }, R"(the join of hall:a is refused: {"reason":"unmatched topic"})");
  const auto unknown = test.room.push("shout");
  test.fails([&] { test.room.expect_reply(unknown, "ok"); }, "not \"ok\"\n  saying room:a has crashed: ");
  test.fails([&] { test.room.expect_push("pushed"); }, "has no handler for event \"shout\"");
}

TEST_CASE("expectations: what is not expected and happens fails") {
  failing_case test;
  const auto say = [&] { return test.room.push("say", {{"x", 1}}); };
  test.fails([&] { test.expect_connect_refused({}); }, "the socket accepts the client");
  test.fails([&] { test.client.expect_join_refused("room:b"); }, "not \"error\"");
  test.fails([&] { test.room.expect_no_reply(say()); }, R"(is answered {"response":{"x":1},"status":"ok"})");
  test.fails([&] { test.room.expect_no_push("pushed"); }, R"(the client received room:a pushed {"x":1})");
  test.fails([&] { test.room.expect_not_received("told"); }, R"(the client received room:a told {"x":1})");
  test.fails([&] { test.expect_no_broadcast("room:a", "told", {{"x", 1}}); }, R"(a broadcast "told" {"x":1})");
  say();
  test.fails([&] { test.client.expect_not_received("room:a", "told"); }, R"(the client received room:a told {"x":1})");
  test.fails([&] { test.room.expect_reply(say(), "error"); }, "not \"error\"");
  test.fails([&] { test.room.expect_reply(say(), "ok", {{"x", 2}}); }, "at /x: expected 2, got 1");
  test.fails([&] { test.client.expect_nothing(); }, "the client received");
  test.broadcast("door", "disconnect");
  test.fails([&] { test.client.expect_connected(); }, "closed the connection with 1001");
}

TEST_CASE("expectations: the wall clock goes with the time of a test, and back when the test ends") {
  const auto before = wall_clock::now();
  {
    failing_case test;
    test.advance(25h);
    CHECK(wall_clock::now() >= before + 25h);
  }
  CHECK(wall_clock::now() < before + 1h);
}
