#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "supervision/process/crash_report.hpp"
#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/reply.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

class worker : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json& params) override {
    if (!params.contains("ask"))
      return accept{};
    blocking([] { return 3; }, [this](int seats) { decide_join(accept{{{"seats", seats}}}); });
    return defer_join{};
  }

  const event_table& handle_in() const override {
    static const events<worker> table = {
      {"work",
       [](worker& self, const json&) {
         return self.blocking([] { return 7; }, [](int result) { return reply::ok({{"result", result}}); });
       }},
      {"twice",
       [](worker& self, const json&) {
         return self.blocking([] {},
                              [&self] {
                                return self.blocking([] { return std::string{"second"}; },
                                                     [](const std::string& x) {
                                                       return reply::ok({{"x", x}});
                                                     });
                              });
       }},
      {"fail",
       [](worker& self, const json&) {
         return self.blocking([]() -> int { throw std::runtime_error("the disk is gone"); },
                              [](int) { return reply::ok(); });
       }},
      {"both",
       [](worker& self, const json&) {
         self.blocking([] {}, [] {});
         return self.blocking([] {}, [] {});
       }},
      {"thread",
       [](worker& self, const json&) {
         return self.blocking([here = std::this_thread::get_id()] { return here != std::this_thread::get_id(); },
                              [](bool is_another) {
                                return reply::ok({{"is_another", is_another}});
                              });
       }},
      {"ping", [](worker&, const json&) { return reply::ok(); }},
      {"crash", [](worker&, const json&) -> reply { throw std::runtime_error("as asked"); }},
      {"quit", [](worker& self, const json&) { self.self()->quit(); }},
    };
    return table;
  }

  caf::message_handler handle_info() override {
    return {[this](const std::string& x) { push("told", {{"x", x}}); }};
  }

  void restarted(const exit_info& crash) override { push("again", {{"why", crash.text}}); }
};

/// A client that has joined `room:a`, whose work is held back until `finish`.
struct blocking_case : channel_case {
  explicit blocking_case(channel_case_options options = {})
    : channel_case(endpoint{"/socket"}.serve<open_socket>().channel<worker>("room:*"), std::move(options)) {
    hold_blocking("room:a");
  }

  void finish() { release_blocking("room:a"); }

  test_client client = connect();
  test_channel room = client.join("room:a");
};

const auto result_of_work = exactly({{"result", 7}});

} // namespace

TEST_CASE("blocking: the reply comes when the work is done, and later events wait for it") {
  blocking_case test;
  const auto work = test.room.push("work");
  const auto ping = test.room.push("ping");
  test.client.expect_nothing();
  test.finish();
  test.client.expect_exactly({reply_to(work, "ok", result_of_work), reply_to(ping, "ok", empty)});
}

TEST_CASE("blocking: messages to the channel wait too, and none is lost") {
  blocking_case test;
  const auto work = test.room.push("work");
  test.room.tell(std::string{"one"});
  test.room.tell(std::string{"two"});
  test.client.expect_nothing();
  test.finish();
  test.client.expect_exactly({reply_to(work, "ok", result_of_work), pushed("told", exactly({{"x", "one"}})),
                              pushed("told", exactly({{"x", "two"}}))});
}

TEST_CASE("blocking: another topic of the same client does not wait") {
  blocking_case test;
  const auto other = test.client.join("room:b");
  test.room.push("work");
  test.client.expect_exactly({reply_to(other.push("ping"), "ok", empty)});
}

TEST_CASE("blocking: a task may be followed by another one") {
  blocking_case test;
  const auto twice = test.room.push("twice");
  const auto ping = test.room.push("ping");
  test.finish();
  test.client.expect_exactly({reply_to(twice, "ok", exactly({{"x", "second"}})), reply_to(ping, "ok", empty)});
}

TEST_CASE("blocking: a task that throws crashes its channel, which restarts like any other") {
  blocking_case test;
  const auto work = test.room.push("fail");
  const auto ping = test.room.push("ping");
  test.finish();
  test.client.expect_exactly({reply_to(work, "error", because("crashed")),
                              pushed("again", exactly({{"why", "the disk is gone"}})), reply_to(ping, "ok", empty)});
}

TEST_CASE("blocking: a second task at the same time is an error that names the mistake") {
  blocking_case test;
  test.room.push("both");
  const auto why = test.room.expect_push("again").at("why").get<std::string>();
  CHECK(why.find("one blocking() at a time") != std::string::npos);
}

TEST_CASE("blocking: a leave waits for the task, and so does the end of a channel whose client disconnects") {
  blocking_case test;
  const auto work = test.room.push("work");
  const auto leave = test.room.leave();
  test.client.expect_nothing();
  test.finish();
  test.client.expect_exactly(
    {reply_to(work, "ok", result_of_work), reply_to(leave, "ok", empty), pushed("phx_close", empty)});
  blocking_case other;
  other.room.push("work");
  const auto actor = other.room.actor();
  other.client.close();
  CHECK(is_alive(actor));
  other.finish();
  CHECK_FALSE(is_alive(actor));
}

TEST_CASE("blocking: a join may wait for work") {
  blocking_case test;
  test.hold_blocking("room:late");
  const auto join = test.client.begin_join("room:late", {{"ask", true}});
  const auto ping = test.client.joined(join).push("ping");
  test.client.expect_nothing();
  test.release_blocking("room:late");
  test.client.expect_exactly({reply_to(join, "ok", exactly({{"seats", 3}})), reply_to(ping, "ok", empty)});
}

TEST_CASE("blocking: while a join waits for work, messages to the channel wait too") {
  blocking_case test;
  test.hold_blocking("room:late");
  const auto join = test.client.begin_join("room:late", {{"ask", true}});
  test.client.joined(join).tell(std::string{"early"});
  test.client.expect_nothing();
  test.release_blocking("room:late");
  test.client.expect_exactly(
    {reply_to(join, "ok", exactly({{"seats", 3}})), pushed("told", exactly({{"x", "early"}}))});
}

TEST_CASE("blocking: after a rejoin the earlier task does not complete and its channel sends nothing more") {
  blocking_case test;
  test.at_once([&] {
    test.room.push("work");
    test.room.push("ping");
  });
  const auto join = test.client.begin_join("room:a");
  test.client.expect_exactly({reply_to(join, "ok", empty), pushed("phx_close", empty)});
  test.finish();
  test.client.expect_nothing();
  test.client.expect_exactly({reply_to(test.client.joined(join).push("work"), "ok", result_of_work)});
}

TEST_CASE("blocking: an event is answered once although the next event crashes the channel") {
  blocking_case test;
  test_push work, crash;
  test.at_once([&] {
    work = test.room.push("work");
    crash = test.room.push("crash");
  });
  test.finish();
  test.client.expect_exactly({reply_to(work, "ok", result_of_work), reply_to(crash, "error", because("crashed")),
                              pushed("again", exactly({{"why", "as asked"}}))});
}

TEST_CASE("blocking: an event whose channel crashes during its task is answered, too") {
  blocking_case test;
  const auto work = test.room.push("work");
  test.crash(test.room, "as asked");
  test.client.expect_exactly(
    {reply_to(work, "error", because("crashed")), pushed("again", exactly({{"why", "as asked"}}))});
  test.finish();
  test.client.expect_exactly({reply_to(test.room.push("ping"), "ok", empty)});
}

TEST_CASE("channel: a channel that calls quit is closed, and its topic is free") {
  blocking_case test;
  test.room.push("quit");
  test.client.expect_exactly({pushed("phx_close", empty)});
  test.client.expect_exactly({reply_to(test.room.push("ping"), "error", because("unmatched topic"))});
}

TEST_CASE("blocking: without a pool the client receives an error") {
  blocking_case test;
  signal_exit(test.home().blocking().handle(), exits::kill());
  test.home().blocking() = blocking_pool{};
  test.client.expect_exactly({reply_to(test.room.push("work"), "error", because("unavailable"))});
}

TEST_CASE("blocking: on the threads of a pool it is the same") {
  blocking_case test{{.configure = [](node_options& x) { x.blocking = {.name = "blocking", .threads = 2}; }}};
  const auto thread = test.room.push("thread");
  const auto ping = test.room.push("ping");
  std::vector<json> received;
  while (received.size() < 2) { // the work takes real time
    std::this_thread::yield();
    test.settle();
    for (auto& x : test.client.take_received())
      received.push_back(std::move(x));
  }
  CHECK(reply_to(thread, "ok", exactly({{"is_another", true}})).matches(received[0]));
  CHECK(reply_to(ping, "ok", empty).matches(received[1]));
}
