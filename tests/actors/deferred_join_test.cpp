#include <stdexcept>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;
using texts = std::vector<std::string>;

namespace {

/// A channel that asks another actor whether its client may join. The tests play that actor and answer "yes" or "no".
class gate_channel : public bennu::channel {
public:
  gate_channel(channel_context context, std::shared_ptr<texts> log) : channel(context), log_(std::move(log)) {}

  join_result join(const json& params) override {
    if (params.value("deferred", true))
      return defer_join{2s};
    return accept{};
  }

  const event_table& handle_in() const override {
    static const events<gate_channel> table = {
      {"ping", [](gate_channel&, const json&) { return reply::ok(); }},
      {"crash", [](gate_channel&, const json&) -> reply { throw std::runtime_error("as asked"); }},
    };
    return table;
  }

  caf::message_handler handle_info() override {
    return {[this](const std::string& word) { told(word); }};
  }

  void restarted(const exit_info&) override { push("again"); }
  void terminate(const caf::error&) override { log_->emplace_back("terminate"); }

private:
  void told(const std::string& word) {
    if (word == "crash")
      throw std::runtime_error("as asked");
    if (word == "stop")
      return stop();
    if (word == "no")
      return decide_join(refuse{{{"reason", "full"}}});
    decide_join(accept{{{"seats", 3}}});
    if (word == "yes, and push")
      push("welcome");
  }

  std::shared_ptr<texts> log_;
};

/// A client that has begun to join `room:a`.
struct gate_case : channel_case {
  explicit gate_case(channel_options options = {}) : gate_case(std::make_shared<texts>(), options) {}

  /// The channel asked somebody, who now answers.
  void told(const std::string& word) { room.tell(word); }

  void expect_refused(const std::string& reason) { client.expect_exactly({reply_to(join, "error", because(reason))}); }
  void expect_refused_and_unmatched(const std::string& reason, const test_push& event) {
    client.expect_exactly({reply_to(join, "error", because(reason)), unmatched(event)});
  }

  static pattern unmatched(const test_push& event) { return reply_to(event, "error", because("unmatched topic")); }

  std::shared_ptr<texts> log;
  test_client client;
  test_push join;
  test_channel room;

private:
  gate_case(std::shared_ptr<texts> to, channel_options options)
    : channel_case(endpoint{"/socket"}.serve<open_socket>().channel<gate_channel>("room:*", options, to)), log(to),
      client(connect()), join(client.begin_join("room:a")), room(client.joined(join)) {}
};

} // namespace

TEST_CASE("deferred join: after the decision the join is answered, then the waiting events in order; nothing before") {
  gate_case test;
  const auto ping = test.room.push("ping");
  test.client.expect_nothing();
  test.told("yes, and push");
  test.client.expect_exactly(
    {reply_to(test.join, "ok", exactly({{"seats", 3}})), pushed("welcome", empty), reply_to(ping, "ok", empty)});
}

TEST_CASE("deferred join: broadcasts reach the client after the decision") {
  gate_case test;
  test.broadcast("room:a", "news");
  test.told("yes");
  test.client.expect_exactly({reply_to(test.join, "ok", exactly({{"seats", 3}}))});
  test.broadcast("room:a", "news");
  test.client.expect_exactly({broadcasted("news")});
}

TEST_CASE("deferred join: a refused join uses no place, and waiting events get the reply \"unmatched topic\"") {
  gate_case test;
  const auto ping = test.room.push("ping");
  test.told("no");
  test.expect_refused_and_unmatched("full", ping);
  CHECK(test.client.topics().empty());
  CHECK(test.log->empty());
}

TEST_CASE("deferred join: without a decision in time it is refused") {
  gate_case test;
  test.advance(1999ms);
  test.client.expect_nothing();
  test.advance(1ms);
  test.expect_refused("join timed out");
  CHECK(test.client.topics().empty());
}

TEST_CASE("deferred join: after a decision the time limit has no effect") {
  gate_case test;
  test.told("yes");
  test.client.forget_received();
  test.advance(1h);
  test.client.expect_exactly({reply_to(test.room.push("ping"), "ok", empty)});
}

TEST_CASE("deferred join: a leave overtakes the waiting events; a client that never joined receives no phx_close") {
  gate_case test;
  test_push ping, leave;
  test.at_once([&] {
    ping = test.room.push("ping");
    leave = test.room.leave();
  });
  test.client.expect_exactly({reply_to(leave, "ok", empty), gate_case::unmatched(ping)});
  CHECK(test.client.topics().empty());
  CHECK(test.log->empty());
}

TEST_CASE("deferred join: a second join silently replaces an undecided first one") {
  gate_case test;
  const auto second = test.client.begin_join("room:a");
  test.client.expect_nothing();
  test.client.joined(second).tell(std::string{"yes"});
  test.client.expect_exactly({reply_to(second, "ok", exactly({{"seats", 3}}))});
}

TEST_CASE("deferred join: an accepted earlier join is closed after the answer, or when the client leaves the new one") {
  for (bool leaves : {false, true}) {
    CAPTURE(leaves);
    gate_case test;
    test.told("yes");
    const auto second = test.client.begin_join("room:a");
    test.client.forget_received();
    if (leaves) {
      const auto leave = test.client.joined(second).leave();
      test.client.expect_exactly({reply_to(leave, "ok"), closed(test.join)});
    } else {
      test.client.joined(second).tell(std::string{"no"});
      test.client.expect_exactly({reply_to(second, "error"), closed(test.join)});
    }
  }
}

TEST_CASE("deferred join: a channel that crashes before its decision refuses the join and does not restart") {
  for (auto how : {restart::transient, restart::temporary}) {
    gate_case test{{.restart_as = how}};
    const auto ping = test.room.push("ping");
    test.told("crash");
    test.expect_refused_and_unmatched("join crashed", ping);
    CHECK(test.client.topics().empty());
  }
}

TEST_CASE("deferred join: the undecided channel ends when its client disconnects") {
  gate_case test;
  test.room.push("ping");
  test.client.close();
  CHECK(test.client.topics().empty());
  CHECK(test.log->empty());
}

TEST_CASE("deferred join: after a restart in place the client stays joined while its channel decides again") {
  gate_case test;
  test.told("yes");
  test.room.push("crash");
  test.client.forget_received();
  const auto ping = test.room.push("ping");
  test.broadcast("room:a", "news");
  test.advance(1s);
  test.client.expect_exactly({broadcasted("news", empty)});
  SUBCASE("accepted: the client is told what it must know, and what waited is handled") {
    test.told("yes");
    test.client.expect_exactly({pushed("again", empty), reply_to(ping, "ok", empty)});
  }
  SUBCASE("refused or too late: phx_error") {
    test.advance(1s);
    test.client.expect_exactly({given_up(test.join), gate_case::unmatched(ping)});
  }
  SUBCASE("left: the client had joined, so the channel terminates") {
    const auto leave = test.room.leave();
    test.client.expect_exactly({reply_to(leave, "ok", empty), closed(test.join), gate_case::unmatched(ping)});
    CHECK(*test.log == texts{"terminate"});
  }
}

TEST_CASE("deferred join: a second decision crashes the channel") {
  gate_case test;
  test.told("yes");
  test.client.forget_received();
  test.told("yes");
  test.told("yes"); // for the successor, which decides again
  test.client.expect_exactly({pushed("again", empty)});
}

TEST_CASE("channel: stop ends it after the current handler, whichever that is") {
  gate_case test;
  test.told("yes");
  test.client.forget_received();
  test.told("stop");
  test.client.expect_exactly({closed(test.join)});
  CHECK(*test.log == texts{"terminate"});
}
