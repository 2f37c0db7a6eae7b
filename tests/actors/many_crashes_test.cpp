#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

constexpr int channels = 1'000;
constexpr int rounds = 10;

class fragile : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json&) override { return accept{}; }

  const event_table& handle_in() const override {
    static const events<fragile> table = {
      {"crash", [](fragile&, const json&) -> reply { throw std::runtime_error("as asked"); }},
      {"ping", [](fragile&, const json&) { return reply::ok(); }},
    };
    return table;
  }
};

endpoint serving() {
  socket_options many;
  many.max_channels = channels + 1;
  return endpoint{"/socket"}.serve<open_socket>(many).channel<fragile>("room:*");
}

} // namespace

TEST_CASE("channel: ten thousand crashes, one after another, cost no other channel a message, and each is counted") {
  channel_case test{serving()};
  const auto client = test.connect();
  const auto witness = client.join("room:witness");
  std::vector<test_channel> rooms;
  for (int i = 0; i < channels; ++i)
    rooms.push_back(client.join("room:" + std::to_string(i)));
  const auto before = running_channels(test, "fragile");
  CHECK(before == channels + 1);
  for (int round = 0; round < rounds; ++round) {
    for (const auto& room : rooms) {
      test_push crash, seen, after;
      test.at_once([&] {
        crash = room.push("crash");
        seen = witness.push("ping");
        after = room.push("ping");
      });
      client.expect_reply(crash, "error", because("crashed"));
      client.expect_reply(seen, "ok", empty); // another channel does not wait for the one that crashed
      client.expect_reply(after, "ok", empty);
      client.expect_nothing();
    }
    test.advance(std::chrono::seconds{60});
  }
  CHECK(running_channels(test, "fragile") == before);
  CHECK(test.events("process.crashed") == channels * rounds);
  CHECK(test.events("supervisor.restarted") == channels * rounds);
  CHECK(test.events("supervisor.given_up") == 0);
}
