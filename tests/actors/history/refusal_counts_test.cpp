#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "actors/node/node_parts.hpp"
#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using bennu::test::open_socket;

namespace {

struct plain_log : channel_of<plain_log> {
  using channel_of::channel_of;
  join_result join(const json&) override { return accept{}; }
};

} // namespace

TEST_CASE("refusals: each is counted by its reason, and told as a telemetry event; a first join is none") {
  socket_options small;
  small.max_outbox_bytes = 4000;
  channel_options kept;
  kept.history = history{};
  channel_case test{endpoint{"/socket"}.serve<open_socket>(small).channel<plain_log>("log:*", kept)};
  std::vector<std::string> told;
  telemetry::of(test.home().system()).attach("history.refused", [&](const telemetry_event& x) {
    told.push_back(std::string{x.text("topic")} + " " + std::string{x.text("reason")});
  });
  const auto client = test.connect();
  const auto joined = client.try_join("log:a").response;
  test.home().topics().broadcast("log:a", "msg", payload(json{{"x", std::string(3000, 'x')}}));
  client.try_join("log:a", {{"since", "@nonsense"}});
  client.try_join("log:a", {{"since", joined.at("history").at("position")}});
  CHECK(told == std::vector<std::string>{"log:a invalid", "log:a too_large"});
  const auto counted = test.home().parts().histories.numbers().refused;
  const auto of = [&](engine::history_refusal why) { return counted[static_cast<size_t>(why)]; };
  CHECK(of(engine::history_refusal::invalid) == 1);
  CHECK(of(engine::history_refusal::too_large) == 1);
  CHECK(of(engine::history_refusal::none) == 0);
}
