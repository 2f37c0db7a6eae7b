#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

class echoing : public channel_of<echoing> {
public:
  using channel_of::channel_of;
  join_result join(const json&) override { return accept{}; }
  static events<echoing> events_in() {
    return {
      {"echo", [](echoing&, const payload& in) { return reply::ok(in); }},
      {"other", [](echoing&, const payload& in) { return reply::ok(in); }},
    };
  }
};

struct joined_case : channel_case {
  joined_case() : channel_case(endpoint{"/socket"}.serve<open_socket>().channel<echoing>("echo:*")) {}

  test_client client = connect();
  test_channel echo = client.join("echo:a");
};

} // namespace

TEST_CASE(
  "channel fault: an event crashes the channel as often as the rule says; other events and topics are not affected") {
  joined_case test;
  auto other = test.client.join("echo:b");
  test.fault(R"(crash label="echoing echo:a" event=echo times=1)");
  test.echo.expect_reply(test.echo.push("other"), "ok");
  other.expect_reply(other.push("echo"), "ok");
  CHECK(test.events("fault.hit") == 0);
  test.client.expect_exactly({reply_to(test.echo.push("echo"), "error", because("crashed"))});
  CHECK(test.events("fault.hit") == 1);
  CHECK(test.events("process.crashed") == 1);
  test.client.expect_exactly({reply_to(test.echo.push("echo"), "ok", empty)});
}

TEST_CASE("channel fault: a dropped event is not answered") {
  joined_case test;
  test.fault("drop label=echo* event=echo");
  test.echo.push("echo");
  test.client.expect_nothing();
  test.no_more_faults();
  test.client.expect_exactly({reply_to(test.echo.push("echo"), "ok")});
}

TEST_CASE("channel fault: a delayed event is overtaken by others and answered in the end") {
  joined_case test;
  test.fault("delay label=echo* event=echo time=250");
  test_push delayed, overtaking;
  test.at_once([&] {
    delayed = test.echo.push("echo");
    overtaking = test.echo.push("other");
  });
  test.client.expect_exactly({reply_to(overtaking, "ok", empty)});
  test.advance(std::chrono::milliseconds{250});
  test.client.expect_exactly({reply_to(delayed, "ok", empty)});
}

TEST_CASE("channel fault: a join that crashes is refused") {
  joined_case test;
  test.fault("crash label=echo* event=phx_join times=1");
  test.client.expect_join_refused("echo:b", {}, because("join crashed"));
}

TEST_CASE("channel fault: a connection actor that crashes at every third wake loses no channel and no message") {
  joined_case test;
  test.fault("crash label=connection event=wake probability=0.3 seed=5 times=3");
  // A join goes through the connection's actor, and what follows it waits behind it.
  for (int i = 0; i < 30; ++i) {
    test_push join, event;
    test.at_once([&] {
      join = test.client.begin_join("nowhere");
      event = test.echo.push("echo");
    });
    test.client.expect_exactly({reply_to(join, "error"), reply_to(event, "ok")});
  }
  CHECK(test.events("fault.hit") == 3);
  test.client.expect_connected();
}
