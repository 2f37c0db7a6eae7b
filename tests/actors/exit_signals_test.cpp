// Who may end the actors of a node by an exit signal (OTP: a process that traps exits acts on its parent's).
#include <doctest/doctest.h>

#include "actors/client/channel_join.hpp"
#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/presence.hpp>

using namespace bennu;
using namespace bennu::engine;
using bennu::test::client_case;

namespace {

class silent : public bennu::channel {
public:
  using channel::channel;
  join_result join(const json&) override { return accept{}; }
};

endpoint any_room() {
  return endpoint{"/socket"}.serve<test::open_socket>().channel<silent>("room:*");
}

} // namespace

TEST_CASE("exit signals: a stranger's ends neither a connection nor a shard of presence, and is reported") {
  client_case test{any_room()};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  const auto connection = test.client().actor;
  const auto shard = test.home().presences().actor_of("room:a");
  auto expected = 0;
  for (const auto& whom : {connection, shard})
    for (const auto& why : {exits::shutdown(), exits::crash("of a stranger"), exits::normal()}) {
      signal_exit(whom, why, test.spawn_idle().address());
      test.settle();
      CHECK(test.events("process.exit_ignored") == ++expected);
    }
  CHECK(test.client().actor == connection);
  CHECK(test.client().session().is_open());
  CHECK(test.home().presences().actor_of("room:a") == shard);
}

TEST_CASE("exit signals: a channel obeys an abnormal one of anybody, as an Erlang process that does not trap exits") {
  client_case test{any_room()};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  const auto first = test.client().find("room:a")->actor;
  signal_exit(first, exits::normal(), test.spawn_idle().address());
  test.settle();
  CHECK(test.client().find("room:a")->actor == first);
  signal_exit(first, exits::crash("of a stranger"), test.spawn_idle().address());
  test.settle();
  CHECK(test.client().find("room:a")->actor != first);
  CHECK(test.channel_counts().active == 1);
}
