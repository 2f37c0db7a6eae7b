// The same seed gives the same run: after whatever ran before in the program, and in every build. tests/run sets
// BENNU_FINGERPRINTS, so that the builds compare their numbers.
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/testing/channel_case.hpp>
#include <bennu/testing/cluster_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

struct after_entry {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(after_entry)

namespace {

struct person : bennu::socket {
  connect_result connect(const connect_info& info) override {
    name = info.param("user");
    return connected{};
  }
  std::string id() const override { return "person:" + name; }
  std::string name;
};

/// Everything in one channel that may differ from run to run: presence, timers, blocking work, crashes.
class busy_room : public channel_of<busy_room> {
public:
  using channel_of::channel_of;

  join_result join(const json&) override {
    self()->send(self(), after_entry{});
    return accept{};
  }

  static events<busy_room> events_in() {
    return {{"say",
             [](busy_room& self, const json& in) {
               self.broadcast("said", in);
               return self.blocking([] { return 1; }, [](int x) { return reply::ok({{"x", x}}); });
             }},
            {"crash", [](busy_room&, const json&) -> reply { throw 1; }}};
  }

  caf::message_handler handle_info() override {
    return {[this](after_entry) {
      presence().track(socket_as<person>().name, {{"status", "here"}});
      broadcast("tick");
      self()->delayed_send(self(), 3s, after_entry{});
    }};
  }
};

endpoint busy_rooms() {
  return endpoint{"/socket"}.serve<person>().channel<busy_room>("room:*");
}

/// Three nodes, four clients, and every kind of fault.
uint64_t fingerprint_of(uint64_t seed) {
  cluster_case test{seed, [](node&) { return busy_rooms(); }, {}};
  std::vector<simulated_channel> rooms;
  for (const char* user : {"ann", "bob", "cat", "dan"})
    rooms.push_back(test.connect({}, {{"user", user}}).join("room:lobby"));
  for (int i = 0; i < 20; ++i) {
    test.random_fault();
    rooms[test.random(rooms.size())].push("say", {{"n", i}});
    if (i % 5 == 0)
      rooms[test.random(rooms.size())].push("crash");
    test.run_for(1s);
  }
  test.heal_all();
  test.run_for(10s);
  return test.fingerprint();
}

/// Leaves behind what an earlier test may: allocations, used actor ids, the state of libraries.
void do_something_else() {
  channel_case test{busy_rooms()};
  for (int i = 0; i < 20; ++i)
    test.connect({{"user", std::to_string(i)}}).join("room:" + std::to_string(i % 3)).push("say");
  test.advance(10s);
}

using fingerprints = std::vector<uint64_t>;

constexpr uint64_t compared_seeds = 3;

/// What the first program with this variable has written to the file that it names; nothing for the first program.
fingerprints of_another_build(const char* file) {
  fingerprints result;
  std::ifstream in{file};
  for (uint64_t x = 0; in >> x;)
    result.push_back(x);
  return result;
}

} // namespace

TEST_CASE("fingerprint: a seed gives the same run whatever ran before, and in every build that tests/run compares") {
  fingerprints first, second;
  for (uint64_t seed = 1; seed <= compared_seeds; ++seed)
    first.push_back(fingerprint_of(seed));
  for (uint64_t seed = compared_seeds; seed > 0; --seed) {
    do_something_else();
    second.insert(second.begin(), fingerprint_of(seed));
  }
  CHECK(first == second);
  CHECK(std::set<uint64_t>{first.begin(), first.end()}.size() == compared_seeds);
  const auto* file = std::getenv("BENNU_FINGERPRINTS");
  if (file == nullptr)
    return;
  if (const auto there = of_another_build(file); !there.empty()) {
    CHECK(first == there);
  } else {
    std::ofstream out{file};
    for (const auto x : first)
      out << x << '\n';
  }
}
