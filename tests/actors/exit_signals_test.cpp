// Who may end the actors of a node by an exit signal (OTP: a process that traps exits acts on its parent's).
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/answers.hpp"
#include "tests/kit/channel/test_session.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/presence.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

class silent : public bennu::channel {
public:
  using channel::channel;
  join_result join(const json&) override { return accept{}; }
};

endpoint any_room() {
  return endpoint{"/socket"}.serve<open_socket>().channel<silent>("room:*");
}

/// A client that has joined `room:a`, and an actor that has nothing to do with it.
struct stranger_case : channel_case {
  stranger_case() : channel_case(any_room()) {}

  void signal(const caf::actor& whom, const caf::error& why) {
    signal_exit(whom, why, stranger.address());
    settle();
  }

  test_client client = connect();
  test_channel room = client.join("room:a");
  caf::actor stranger = spawn_idle();
};

} // namespace

TEST_CASE("exit signals: a stranger's ends neither a connection nor a shard of presence, and is reported") {
  stranger_case test;
  const auto& kept = case_parts::connection_of(test.client);
  const auto connection = kept.actor;
  const auto shard = test.home().presences().actor_of("room:a");
  auto expected = 0;
  for (const auto& whom : {connection, shard})
    for (const auto& why : {exits::shutdown(), exits::crash("of a stranger"), exits::normal()}) {
      test.signal(whom, why);
      CHECK(test.events("process.exit_ignored") == ++expected);
    }
  CHECK(kept.actor == connection);
  test.client.expect_connected();
  CHECK(test.home().presences().actor_of("room:a") == shard);
}

TEST_CASE("exit signals: a channel obeys an abnormal one of anybody, as an Erlang process that does not trap exits") {
  stranger_case test;
  const auto first = test.room.actor();
  test.signal(first, exits::normal());
  CHECK(test.room.actor() == first);
  test.signal(first, exits::crash("of a stranger"));
  REQUIRE(test.room.actor());
  CHECK(test.room.actor() != first);
  test.room.push("anything");
  test.client.expect_connected();
}
