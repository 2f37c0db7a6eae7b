#include <algorithm>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>

using namespace bennu;
using bennu::test::client_case;
using texts = std::vector<std::string>;

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
  return endpoint{"/socket"}.serve<test::open_socket>(many).channel<fragile>("room:*");
}

std::string line(const std::string& topic, const std::string& ref, const std::string& event) {
  return R"(["1",")" + ref + R"(",")" + topic + R"(",")" + event + R"(",{}])";
}

std::string answer(const std::string& topic, const std::string& ref, bool ok) {
  return R"(["1",")" + ref + R"(",")" + topic + R"(","phx_reply",{"response":)"
         + (ok ? R"({},"status":"ok"}])" : R"({"reason":"crashed"},"status":"error"}])");
}

} // namespace

TEST_CASE("channel: ten thousand crashes, one after another, cost no other channel a message, and each is counted") {
  client_case test{serving()};
  test.send(line("room:witness", "1", "phx_join"));
  for (int i = 0; i < channels; ++i)
    test.send(line("room:" + std::to_string(i), "1", "phx_join"));
  test.seen();
  const auto before = test.channel_counts();
  CHECK(before == child_counts{channels + 1, channels + 1, 0, channels + 1});
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < channels; ++i) {
      const auto topic = "room:" + std::to_string(i);
      test.send_at_once({line(topic, "c", "crash"), line("room:witness", "w", "ping"), line(topic, "p", "ping")});
      auto seen = test.seen();
      std::sort(seen.begin(), seen.end()); // the other channel does not wait for the one that crashed
      texts expected{answer(topic, "c", false), answer("room:witness", "w", true), answer(topic, "p", true)};
      std::sort(expected.begin(), expected.end());
      REQUIRE(seen == expected);
    }
    test.advance(std::chrono::seconds{60});
  }
  CHECK(test.channel_counts() == before);
  CHECK(test.events("process.crashed") == channels * rounds);
  CHECK(test.events("supervisor.restarted") == channels * rounds);
  CHECK(test.events("supervisor.given_up") == 0);
}
