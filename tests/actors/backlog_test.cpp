// Tests the bound of the messages that wait for the channels of a client. At the bound the transport stops reading.
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "supervision/process/crash_report.hpp"
#include "tests/actors/answers.hpp"
#include "tests/kit/channel/test_session.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/reply.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;
using namespace bennu::test;

namespace {

/// A channel that handles no event until the test allows it.
class late_channel : public bennu::channel {
public:
  using channel::channel;
  join_result join(const json&) override { return defer_join{1h}; }
  const event_table& handle_in() const override {
    static const events<late_channel> table = {{"event", [](late_channel&, const json&) {}}};
    return table;
  }
  caf::message_handler handle_info() override {
    return {[this](const std::string&) { decide_join(accept{}); }};
  }
};

/// A channel whose task ends when the test says so, and that intercepts every broadcast.
class busy_channel : public channel_of<busy_channel> {
public:
  using channel_of::channel_of;
  join_result join(const json&) override { return accept{}; }
  static events<busy_channel> events_in() {
    return {{"work", [](busy_channel& self, const json&) { return self.blocking([] {}, [] { return reply::ok(); }); }}};
  }
  static events<busy_channel> events_out() {
    return {{"told", [](busy_channel& self, const payload& x) { self.push("told", x); }}};
  }
};

/// A client whose channel is busy until `finish`.
struct busy_case : channel_case {
  explicit busy_case(const socket_options& options)
    : channel_case(endpoint{"/socket"}.serve<open_socket>(options).channel<busy_channel>("room:*")) {
    hold_blocking("room:a");
    room.push("work");
  }
  void tell_all(int n) { broadcast("room:a", "told", {{"n", n}, {"text", std::string(500, 'x')}}); }
  void finish() { release_blocking("room:a"); }

  test_client client = connect();
  test_channel room = client.join("room:a");
};

class echo_channel : public bennu::channel {
public:
  using channel::channel;
  join_result join(const json&) override { return accept{}; }
  const event_table& handle_in() const override {
    static const events<echo_channel> table = {{"echo", [](echo_channel&, const json& in) { return reply::ok(in); }}};
    return table;
  }
};

/// A channel that answers each event when the test says so.
class later_channel : public bennu::channel {
public:
  using channel::channel;
  join_result join(const json&) override { return accept{}; }
  const event_table& handle_in() const override {
    static const events<later_channel> table = {{"ask", [](later_channel& self, const json&) {
                                                   self.owed_.push_back(self.defer());
                                                   self.push("asked", json::object());
                                                 }}};
    return table;
  }
  const event_table& handle_out() const override {
    static const events<later_channel> table = {
      {"news", [](later_channel& self, const json& body) { self.push("heard", body); }}};
    return table;
  }
  caf::message_handler handle_info() override {
    return {[this](const std::string&) {
      owed_.front().ok();
      owed_.erase(owed_.begin());
    }};
  }

private:
  std::vector<deferred_reply> owed_;
};

/// A client that has joined a room of this channel.
template <class Channel>
struct room_case : channel_case {
  explicit room_case(const socket_options& options = {})
    : channel_case(endpoint{"/socket"}.serve<open_socket>(options).channel<Channel>("room:*")) {}

  test_client client = connect();
  test_push join = client.begin_join("room:a");
  test_channel room = client.joined(join);
};

/// A client that has sent something to a channel that handles nothing yet.
struct late_case : room_case<late_channel> {
  using room_case::room_case;
  void send_event(size_t bytes = 0) { room.push("event", json(std::string(bytes, 'x'))); }
  int times_resumed() { return engine::case_parts::of(client).link().times_resumed; }
  void expect_held_back_until_handled() {
    CHECK(client.is_held_back());
    const auto before = times_resumed();
    room.tell(std::string{"go on"});
    CHECK(times_resumed() == before + 1);
    CHECK_FALSE(client.is_held_back());
  }
};

socket_options with_inbox(size_t messages, size_t bytes = socket_options{}.max_inbox_bytes) {
  socket_options result;
  result.max_inbox_messages = messages;
  result.max_inbox_bytes = bytes;
  return result;
}

} // namespace

TEST_CASE("backlog: reading stops at the bound of messages and continues once when half of them are handled") {
  late_case test{with_inbox(4)};
  for (int i = 0; i < 3; ++i)
    test.send_event();
  CHECK_FALSE(test.client.is_held_back());
  test.send_event();
  test.expect_held_back_until_handled();
}

TEST_CASE("backlog: reading stops at the bound of bytes; one message may exceed it") {
  late_case test{with_inbox(socket_options{}.max_inbox_messages, 10'000)};
  test.send_event(5000);
  CHECK_FALSE(test.client.is_held_back());
  test.send_event(20'000);
  test.expect_held_back_until_handled();
  test.send_event(5000);
  CHECK_FALSE(test.client.is_held_back());
}

TEST_CASE("backlog: events of a client that does not read its replies wait, and none is lost") {
  room_case<echo_channel> test;
  test.client.forget_received();
  test.client.stop_reading();
  test_push second, third;
  test.at_once([&] {
    second = test.room.push("echo", json(2));
    third = test.room.push("echo", json(3));
  });
  const auto heartbeat = test.client.push("phoenix", "heartbeat"); // it does not wait
  test.client.expect_nothing();
  test.client.read_on();
  test.client.expect_exactly({reply_to(heartbeat, "ok", empty), reply_to(second, "ok", 2), reply_to(third, "ok", 3)});
}

TEST_CASE("backlog: a client that disconnects or rejoins while its events wait leaves nothing behind") {
  room_case<echo_channel> test;
  const auto first = test.room.actor();
  const auto push_two = [&](const test_channel& to) {
    test.at_once([&] {
      to.push("echo", json(2));
      to.push("echo", json(3));
    });
  };
  test.client.stop_reading();
  push_two(test.room);
  const auto second = test.client.joined(test.client.begin_join("room:a"));
  CHECK_FALSE(engine::is_alive(first));
  CHECK(test.client.topics().size() == 1);
  push_two(second);
  const auto last = second.actor();
  test.client.close();
  CHECK_FALSE(engine::is_alive(last));
}

TEST_CASE("backlog: messages that cannot be handled leave the backlog, too") {
  room_case<echo_channel> test{with_inbox(4)};
  test.client.forget_received();
  const auto deep = std::string(2000, '[') + std::string(2000, ']');
  for (int i = 0; i < 10; ++i)
    test.client.send_frame(R"([null,"1","phoenix","refresh_token",)" + deep + "]");
  CHECK_FALSE(test.client.is_held_back());
  CHECK(test.client.take_received().size() == 10);
  test.client.expect_connected();
}

TEST_CASE("backlog: broadcasts that wait for a busy channel have the same bound as those that wait for the client") {
  socket_options options;
  options.max_outbox_bytes = 4'000;
  options.max_message_bytes = 1'000;
  SUBCASE("too many close the connection") {
    busy_case test{options};
    for (int n = 0; n < 20; ++n)
      test.tell_all(n);
    test.client.expect_disconnected(1008);
    CHECK(test.events("limit.hit") == 1);
  }
  SUBCASE("the oldest are dropped") {
    options.when_outbox_full = overflow::drop_oldest;
    busy_case test{options};
    for (int n = 0; n < 20; ++n)
      test.tell_all(n);
    test.finish();
    test.client.expect_connected();
    const auto received = test.client.take_received();
    REQUIRE(received.size() > 1);
    CHECK(received.size() < 10);
    CHECK(received.back().at("payload").at("n") == 19);
  }
}

TEST_CASE("bounds: max_inbox_messages: a channel that owes as many replies handles the next event when one is given") {
  room_case<later_channel> test{with_inbox(2)};
  test.client.forget_received();
  std::vector<test_push> asked;
  test.at_once([&] {
    for (int i = 0; i < 3; ++i)
      asked.push_back(test.room.push("ask"));
  });
  test.client.expect_exactly({pushed("asked", empty), pushed("asked", empty)});
  test.room.tell(std::string{"answer"});
  test.client.expect_exactly({reply_to(asked[0], "ok", empty), pushed("asked", empty)});
  for (int i = 1; i < 3; ++i) {
    test.room.tell(std::string{"answer"});
    test.client.expect_exactly({reply_to(asked[static_cast<size_t>(i)], "ok", empty)});
  }
}

TEST_CASE("bounds: max_inbox_messages: a channel that owes as many replies still hears a leave and broadcasts") {
  room_case<later_channel> test{with_inbox(2)};
  for (int i = 0; i < 3; ++i)
    test.room.push("ask");
  test.client.forget_received(); // the third event waits
  SUBCASE("a leave") {
    test.room.leave();
    const auto received = test.client.take_received();
    CHECK(pushed("asked", empty).matches(received.front()));
    CHECK(closed(test.join).matches(received.back()));
  }
  SUBCASE("more intercepted broadcasts than twice the bound") {
    std::vector<pattern> expected{pushed("asked", empty)};
    for (int i = 0; i < 5; ++i) {
      test.broadcast("room:a", "news");
      expected.push_back(pushed("heard", empty));
    }
    test.client.expect_exactly(expected);
  }
}
