#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/client/unit_services.hpp"
#include "tests/actors/polite_channel.hpp"
#include "tests/kit/channel/test_session.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

/// A client of polite channels.
struct polite_case : channel_case {
  explicit polite_case(size_t max_channels, bool repairs = true)
    : channel_case(serving_polite(max_channels, repairs)) {}

  /// Joins these topics. The messages arrive in one piece.
  std::vector<test_push> join_at_once(const std::vector<std::string>& topics) {
    std::vector<test_push> result;
    at_once([&] {
      for (const auto& x : topics)
        result.push_back(client.begin_join(x));
    });
    return result;
  }

  test_client client = connect();
};

const auto too_many = because("too many channels joined");

/// What the channel of this join pushes when it ends.
pattern goodbye(const test_push& join) {
  return {{"topic", join.topic}, {"event", "bye"}, {"join_ref", join.ref}, {"ref", nullptr}, {"payload", empty}};
}

} // namespace

TEST_CASE("joins that arrive together: a refused or crashed join leaves its place to the next one") {
  polite_case test{1};
  const auto joins = test.join_at_once({"room:closed", "room:broken", "room:a", "room:b"});
  test.client.expect_exactly({reply_to(joins[0], "error", empty), reply_to(joins[1], "error", because("join crashed")),
                              reply_to(joins[2], "ok", empty), reply_to(joins[3], "error", too_many)});
}

TEST_CASE("joins that arrive together: messages behind a waiting join wait too and keep their order") {
  polite_case test{1};
  test_push a, b, heartbeat, echo;
  test.at_once([&] {
    a = test.client.begin_join("room:a");
    b = test.client.begin_join("room:b");
    heartbeat = test.client.push("phoenix", "heartbeat");
    echo = test.client.joined(a).push("echo");
  });
  test.client.expect_exactly({reply_to(a, "ok", empty), reply_to(b, "error", too_many),
                              reply_to(heartbeat, "ok", empty), reply_to(echo, "ok", empty)});
}

TEST_CASE("joins that arrive together: two joins of one topic are both answered, and the first one is closed") {
  polite_case test{100};
  const auto joins = test.join_at_once({"room:a", "room:a"});
  test.client.expect_exactly(
    {reply_to(joins[0], "ok", empty), reply_to(joins[1], "ok", empty), goodbye(joins[0]), closed(joins[0])});
}

TEST_CASE("duplicate join: pushes of the earlier channel follow the new ok, and its phx_close comes last") {
  polite_case test{100};
  const auto first = test.client.begin_join("room:a");
  test.client.forget_received();
  const auto second = test.client.begin_join("room:a");
  test.client.expect_exactly({reply_to(second, "ok", empty), goodbye(first), closed(first)});
}

TEST_CASE(
  "duplicate join: when the earlier channel crashes at the same moment, temporary or transient, it is closed once") {
  for (const bool repairs : {false, true}) {
    polite_case test{100, repairs};
    const auto first = test.client.join("room:a");
    test_push echo;
    test.at_once([&] {
      first.push("crash");
      echo = test.client.joined(test.client.begin_join("room:a")).push("echo");
    });
    const auto received = test.client.take_received();
    CHECK(reply_to(echo, "ok", empty).matches(received.back()));
    CHECK(std::count_if(received.begin(), received.end(),
                        [](const json& x) { return x.at("event") == "phx_close" || x.at("event") == "phx_error"; })
          == 1);
    CHECK(test.client.topics().size() == 1);
    CHECK(running_channels(test, "polite_channel") == 1);
  }
}

TEST_CASE("join: without a pool of channels it is refused, and the connection continues") {
  polite_case test{1};
  auto& channels = engine::case_parts::connection_of(test.client).unit().channels;
  const auto pool = channels.get();
  channels.set(nullptr);
  const auto joins = test.join_at_once({"room:a", "room:b"});
  test.client.expect_exactly(
    {reply_to(joins[0], "error", because("join crashed")), reply_to(joins[1], "error", because("join crashed"))});
  channels.set(pool);
  test.client.expect_exactly({reply_to(test.client.begin_join("room:a"), "ok", empty)});
}
