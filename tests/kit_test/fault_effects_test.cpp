// What each fault of a `cluster_case` does to messages, and that a fault as a value does the same.
#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/fault.hpp>
#include <bennu/testing/cluster_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

struct stranger_socket : bennu::socket {
  connect_result connect(const connect_info&) override { return connected{}; }
};

struct wake_up {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(wake_up)

namespace {

/// Passes on what its client says. "wake_me" pushes "awake" after ten seconds.
class talk_channel : public channel_of<talk_channel> {
public:
  using channel_of::channel_of;
  join_result join(const json&) override { return accept{}; }
  static events<talk_channel> events_in() {
    return {
      {"say",
       [](talk_channel& self, const json& in) {
         self.broadcast("said", in);
         return reply::ok();
       }},
      {"wake_me", [](talk_channel& self, const json&) { self.self()->delayed_send(self.self(), 10s, wake_up{}); }}};
  }
  caf::message_handler handle_info() override {
    return {[this](wake_up) { push("awake"); }};
  }
};

endpoint talks(node&) {
  return endpoint{"/socket"}.serve<stranger_socket>().channel<talk_channel>("room:*");
}

/// One client on each of three nodes, all in one room. Messages between nodes take a millisecond.
struct three_talk : cluster_case {
  explicit three_talk(uint64_t seed = 1) : cluster_case(seed, talks, {.min_latency = 1ms, .max_latency = 1ms}) {
    for (const char* name : {"a", "b", "c"})
      rooms.push_back(connect(name).join("room:lobby"));
    run_for(2s);
  }

  simulated_push say(size_t who, int n) { return rooms[who].push("say", {{"n", n}}); }

  std::vector<int> heard_by(size_t who) const {
    std::vector<int> result;
    for (const auto& x : rooms[who].received("said"))
      result.push_back(x.at("n"));
    return result;
  }

  std::vector<simulated_channel> rooms;
};

using ints = std::vector<int>;

} // namespace

TEST_CASE("cluster faults: what is slow or stalled arrives later, in one direction") {
  for (const bool stalls : {false, true}) {
    three_talk test;
    stalls ? test.stall("a", "b", 3s) : test.slow("a", "b", 3s);
    test.say(0, 1);
    test.say(1, 2);
    test.run_for(1s);
    CHECK(test.heard_by(1) == ints{2});
    CHECK(test.heard_by(2).size() == 2);
    CHECK(test.heard_by(0).size() == 2);
    test.run_for(3s);
    CHECK(test.heard_by(1) == ints{2, 1});
  }
}

TEST_CASE("cluster faults: what is lost never arrives, and what follows does") {
  three_talk test;
  test.lose("a", "b", 1s);
  test.say(0, 1);
  test.run_for(2s);
  test.say(0, 2);
  test.run_for(20s);
  CHECK(test.heard_by(1) == ints{2});
  CHECK(test.heard_by(2) == ints{1, 2});
}

TEST_CASE("cluster faults: reorder changes the order between nodes, and keeps that of one node") {
  bool has_changed = false;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    three_talk test{seed};
    test.reorder("c", 5s);
    test.say(0, 1);
    test.run_for(100ms);
    test.say(0, 2);
    test.run_for(100ms);
    test.say(1, 3);
    test.run_for(10s);
    const auto heard = test.heard_by(2);
    REQUIRE(heard.size() == 3);
    CHECK(std::find(heard.begin(), heard.end(), 1) < std::find(heard.begin(), heard.end(), 2));
    has_changed = has_changed || heard.back() != 3;
  }
  CHECK(has_changed);
}

TEST_CASE("cluster faults: an isolated node hears nobody, and heal_all ends that") {
  three_talk test;
  test.isolate("c");
  test.run_for(10s);
  test.say(0, 1);
  test.run_for(1s);
  CHECK(test.heard_by(1) == ints{1});
  CHECK(test.heard_by(2).empty());
  test.heal_all();
  test.run_for(10s);
  test.say(0, 2);
  test.run_for(1s);
  CHECK(test.heard_by(2) == ints{2});
}

TEST_CASE("cluster faults: when the clock of a node jumps ahead, its timers are due, and those of others are not") {
  three_talk test;
  test.rooms[0].push("wake_me");
  test.rooms[1].push("wake_me");
  test.run_for(1s);
  test.jump_clock("a", 10s);
  test.run_for(1s);
  CHECK(test.rooms[0].received("awake").size() == 1);
  CHECK(test.rooms[1].received("awake").empty());
}

TEST_CASE("cluster faults: a rule, also for a full disk, holds on its node until heal_all") {
  three_talk test;
  test.fault("a", "crash label=talk_channel* event=say times=1");
  test.fault("b", "full_disk label=log");
  auto crashed = test.say(0, 1);
  auto said = test.say(1, 2);
  test.run_for(1s);
  CHECK(crashed.status() == "error");
  CHECK(said.status() == "ok");
  CHECK(fault_points::is_disk_full("log"));
  test.heal_all();
  CHECK_FALSE(fault_points::is_disk_full("log"));
}

TEST_CASE("cluster faults: a fault as a value does the same as the function for it") {
  const auto trace_of = [](const std::function<void(three_talk&)>& f) {
    three_talk test;
    f(test);
    test.run_for(3s);
    return test.trace();
  };
  using action = fault_action;
  const auto same = [&](const bennu::fault& x, const std::function<void(three_talk&)>& f) {
    CAPTURE(to_string(x));
    CHECK(trace_of([&](three_talk& test) { test.cause(x); }) == trace_of(f));
  };
  same({.rule = {.what = action::cut}, .node = "a", .peer = "b"}, [](auto& test) { test.cut("a", "b"); });
  same({.rule = {.what = action::slow, .time = 2s}, .node = "a", .peer = "b"},
       [](auto& test) { test.slow("b", "a", 2s); });
  same({.rule = {.what = action::pause, .time = 2s}, .node = "a"}, [](auto& test) { test.pause("a", 2s); });
  same({.rule = {.what = action::kill}, .node = "a"}, [](auto& test) { test.crash("a"); });
  same({.rule = {.what = action::clock}, .node = "a", .jump = 2s}, [](auto& test) { test.jump_clock("a", 2s); });
  three_talk test;
  test.cause({.rule = {.what = action::drop, .label = "talk_channel*", .event = "say"}, .node = "b"});
  auto lost = test.say(1, 1);
  test.run_for(3s);
  CHECK(lost.status().empty());
  CHECK_THROWS_AS(test.cause({.rule = {.what = action::kill}, .node = "d"}), std::invalid_argument);
  CHECK_THROWS_AS(test.cause({.rule = {.what = action::cut}, .node = "a"}), std::invalid_argument);
  CHECK_THROWS_AS(test.random_fault({action::refuse}), std::invalid_argument);
}
