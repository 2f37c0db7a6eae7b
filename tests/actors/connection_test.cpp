#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "actors/client/unit_services.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include "supervision/process/crash_report.hpp"
#include "tests/actors/answers.hpp"
#include "tests/kit/channel/test_session.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/channel.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

class numbering : public channel_of<numbering> {
public:
  using channel_of::channel_of;

  join_result join(const json&) override { return accept{}; }
  static events<numbering> events_in() {
    return {{"next", [](numbering& self, const json&) { return reply::ok({{"n", ++self.count_}}); }}};
  }

private:
  int count_ = 0;
};

/// A client that has joined `room:a`, and what the server keeps of it.
struct connected_case : channel_case {
  connected_case() : channel_case(endpoint{"/socket"}.serve<open_socket>().channel<numbering>("room:*")) {}

  void expect_number(int n) { client.expect_exactly({reply_to(room.push("next"), "ok", exactly({{"n", n}}))}); }

  test_client client = connect();
  test_channel room = client.join("room:a");
  connection& kept = case_parts::connection_of(client);
};

} // namespace

TEST_CASE("connection: a killed actor is replaced over the same session and loses neither joins nor messages") {
  connected_case test;
  test.expect_number(1);
  signal_exit(test.kept.actor, exits::kill());
  test.expect_number(2);
  test.client.expect_connected();
}

TEST_CASE("connection: an event goes straight to its channel, without a turn of the connection's actor") {
  connected_case test;
  test.kept.actor = nullptr; // as between a crash and the restart
  test_push event, unmatched;
  test.at_once([&] {
    event = test.room.push("next");
    unmatched = test.client.push("nowhere", "next");
  });
  test.client.expect_exactly(
    {reply_to(unmatched, "error", because("unmatched topic")), reply_to(event, "ok", exactly({{"n", 1}}))});
}

TEST_CASE("connection: an exception while a message is routed crashes its actor, and not the thread that received it") {
  connected_case test;
  case_parts::of(test.client).link().next_control_fails = true;
  CHECK_NOTHROW(test.client.push("phoenix", "heartbeat"));
  CHECK(test.events("process.crashed") == 1);
  test.client.expect_nothing();
  test.expect_number(1);
  test.client.expect_connected();
}

TEST_CASE("connection: a malformed message closes it after the channels have handled what came before") {
  connected_case test;
  test_push before;
  test.at_once([&] {
    before = test.room.push("next");
    test.client.send_frame("{}");
    test.room.push("next"); // comes too late
  });
  test.client.expect_exactly({reply_to(before, "ok", exactly({{"n", 1}}))});
  test.client.expect_disconnected(1011);
}

TEST_CASE("connection: a kick while its actor restarts is not lost") {
  connected_case test;
  test.kept.actor = nullptr; // as between a crash and the restart
  test.kept.kicked();
  test.client.expect_disconnected(1001);
}

TEST_CASE("connection: when the client disconnects, its channels end and nothing of it is left") {
  connected_case test;
  test.client.close();
  test.client.send_frame("[]");
  CHECK(test.client.topics().empty());
  CHECK(test.home().connections() == 0);
  const auto news = caf::make_counted<const broadcast>("room:a", "news", payload{});
  CHECK(test.kept.unit().lane.subscribers.deliver(news) == 1); // the test itself listens
}
