// The session of a `channel_case` client behaves as that of a server, and a test that never comes to rest is ended.
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/kit/virtual_time/virtual_system.hpp"
#include "tests/kit_test/failure.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

struct open_socket : bennu::socket {
  connect_result connect(const connect_info&) override { return connected{}; }
};

struct go_on {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(go_on)

namespace {

class worker : public channel_of<worker> {
public:
  using channel_of::channel_of;

  join_result join(const json&) override { return accept{}; }

  static events<worker> events_in() {
    return {{"echo", [](worker&, const payload& in) { return reply::ok(in); }},
            {"news",
             [](worker& self, const json&) {
               for (int n = 1; n <= 5; ++n)
                 self.broadcast("news", {{"n", n}, {"text", std::string(1000, 'x')}});
             }},
            {"loop", [](worker& self, const json&) { self.self()->send(self.self(), go_on{}); }}};
  }

  caf::message_handler handle_info() override {
    return {[this](go_on) { self()->send(self(), go_on{}); }};
  }
};

endpoint workers(socket_options options = {}) {
  return endpoint{"/socket"}.serve<open_socket>(std::move(options)).channel<worker>("room:*");
}

// 3000 bytes hold two of the messages of `news`.
socket_options small_outbox(overflow policy) {
  socket_options result;
  result.max_outbox_bytes = 3000;
  result.when_outbox_full = policy;
  return result;
}

/// Sets a value until the end of the test.
struct set_for_now {
  set_for_now(size_t& x, size_t now) : where(x), before(std::exchange(x, now)) {}
  ~set_for_now() { where = before; }
  size_t& where;
  size_t before;
};

std::string logic_error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const std::logic_error& x) {
    return x.what();
  }
  return {};
}

} // namespace

TEST_CASE("channel_case: a client that does not read receives nothing, and all of it when it reads on") {
  channel_case test{workers()};
  auto client = test.connect();
  auto room = client.join("room:a");
  client.stop_reading();
  test.broadcast("room:a", "hello", {{"n", 1}});
  test.broadcast("room:a", "hello", {{"n", 2}});
  client.expect_nothing();
  client.read_on();
  client.expect_exactly({broadcasted("hello", {{"n", 1}}), broadcasted("hello", {{"n", 2}})});
}

TEST_CASE("channel_case: the outbox of a client that does not read has the bound and the policy of the endpoint") {
  const auto numbers_after = [](overflow policy) {
    channel_case test{workers(small_outbox(policy))};
    auto reader = test.connect().join("room:a");
    auto client = test.connect();
    auto room = client.join("room:a");
    client.stop_reading();
    reader.push("news");
    if (client.close_code() != 0) {
      CHECK(test.events("limit.hit") == 1);
      return std::to_string(client.close_code());
    }
    client.read_on();
    std::string result;
    for (int n = 1; n <= 5; ++n)
      if (failure_of([&] { room.expect_received("news", {{"n", n}}); }).empty())
        result += std::to_string(n);
    return result;
  };
  CHECK(numbers_after(overflow::close) == "1008");
  CHECK(numbers_after(overflow::drop_oldest) == "45");
  CHECK(numbers_after(overflow::conflate) == "5");
}

TEST_CASE("channel_case: what no server accepts closes the connection as a server does") {
  socket_options options;
  options.max_message_bytes = 1000;
  channel_case test{workers(options)};
  auto client = test.connect();
  auto room = client.join("room:a");
  room.expect_reply(room.push("echo", payload::binary(std::string(900, 'x'))), "ok");
  const auto ref = room.push("echo", json{{"text", std::string(1000, 'x')}});
  client.expect_disconnected(1009);
  CHECK_FALSE(room.actor());
  CHECK(contains(failure_of([&] { room.expect_reply(ref, "ok"); }), "the server has closed the connection with 1009"));
  auto other = test.connect();
  const std::string long_topic(300, 'x');
  CHECK_THROWS_AS(other.joined({long_topic, "1"}).push("echo", payload::binary("x")), std::invalid_argument);
  other.expect_connected();
}

TEST_CASE("channel_case: an actor that never stops fails the test and does not hang it") {
  const set_for_now most{engine::virtual_system::most_jobs, 10'000};
  channel_case test{workers()};
  auto room = test.connect().join("room:a");
  std::string text;
  try {
    room.push("loop");
  } catch (const std::runtime_error& x) {
    text = x.what();
  }
  CHECK(contains(text, "worker room:a handles one message after another"));
}

TEST_CASE("channel_case: what needs an answer within at_once says that nothing runs there") {
  channel_case test{workers()};
  auto client = test.connect();
  auto room = client.join("room:a");
  std::optional<test_push> echo;
  test.at_once([&] {
    echo = room.push("echo");
    CHECK(contains(failure_of([&] { client.join("room:b"); }), "within at_once nothing runs"));
    CHECK(contains(failure_of([&] { test.expect_broadcast("room:a", "news"); }), "within at_once nothing runs"));
    CHECK(contains(logic_error_of([&] { test.advance(1s); }), "call advance before or after it"));
    CHECK(contains(logic_error_of([&] { test.tree(); }), "within at_once nothing runs"));
    CHECK(contains(logic_error_of([&] { test.child("presence"); }), "within at_once nothing runs"));
    test.at_once([&] { room.push("news"); });
    CHECK(contains(failure_of([&] { room.expect_reply(*echo, "ok"); }), "within at_once nothing runs"));
  });
  room.expect_reply(*echo, "ok");
  room.expect_received("news", {{"n", 5}});
}

TEST_CASE("channel_case: a simulated member that outlives its case, or never had one, says so") {
  simulated_member late;
  CHECK(contains(logic_error_of([&] { late.leave(); }), "empty simulated_member"));
  {
    channel_case test{workers()};
    late = test.track("room:a", "bob");
    CHECK(test.presence("room:a").contains("bob"));
  }
  CHECK(contains(logic_error_of([&] { late.leave(); }), "has ended"));
  CHECK(contains(logic_error_of([&] { late.update({{"n", 1}}); }), "has ended"));
}

TEST_CASE("channel_case: the channels of a client end when the server closes its connection") {
  channel_case test{workers()};
  auto client = test.connect();
  auto room = client.join("room:a");
  CHECK(room.actor());
  client.send_frame("no message");
  client.expect_disconnected(1011);
  CHECK_FALSE(room.actor());
  client.forget_received();
  room.push("echo");
  client.expect_nothing();
}
