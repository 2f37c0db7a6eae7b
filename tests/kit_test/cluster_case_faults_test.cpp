// The faults of a `cluster_case`: what they end, and what they do not.
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/kit/simulation/simulator.hpp"
#include "tests/kit_test/failure.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/testing/cluster_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

struct caller_socket : bennu::socket {
  connect_result connect(const connect_info&) override { return connected{}; }
};

struct turn {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(turn)

namespace {

class phone : public channel_of<phone> {
public:
  using channel_of::channel_of;

  join_result join(const json&) override { return accept{}; }

  static events<phone> events_in() {
    return {{"say",
             [](phone& self, const json& in) {
               self.broadcast("said", in);
               return reply::ok();
             }},
            {"loop", [](phone& self, const json&) { self.self()->send(self.self(), turn{}); }}};
  }

  caf::message_handler handle_info() override {
    return {[this](turn) { self()->send(self(), turn{}); }};
  }
};

endpoint phones(node&) {
  return endpoint{"/socket"}.serve<caller_socket>().channel<phone>("room:*");
}

/// Ann on node a and bob on node b, both joined.
struct call {
  cluster_case test{1, phones, {.nodes = {"a", "b"}}};
  simulated_client ann_line = test.connect("a");
  simulated_channel ann = ann_line.join("room:lobby");
  simulated_channel bob = test.connect("b").join("room:lobby");

  call() { test.run_for(1s); }

  /// Whether bob hears what ann says within this time.
  bool bob_hears(std::chrono::seconds within) {
    const auto before = bob.received("said").size();
    ann.push("say");
    return test.run_until([&] { return bob.received("said").size() > before; }, within);
  }
};

template <class Error>
std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& x) {
    return x.what();
  }
  return {};
}

} // namespace

TEST_CASE("cluster_case: a node that stops accepts no connection, and runs until it has stopped") {
  call x;
  size_t checks = 0;
  x.test.always("it is checked", [&] { return ++checks > 0; });
  x.test.stop("a");
  CHECK(checks > 0);
  x.test.run_for(10s);
  CHECK(x.ann_line.connections() == 1);
  x.test.restart("a");
  x.test.expect_soon("ann is back", [&] { return x.ann.is_joined(); });
  CHECK(x.ann_line.connections() == 2);
}

TEST_CASE("cluster_case: the name of a node that does not exist is refused") {
  call x;
  auto& test = x.test;
  for (const auto& f : std::vector<std::function<void()>>{
         [&] { test.cut("a", "c"); }, [&] { test.heal("c", "a"); }, [&] { test.isolate("c"); },
         [&] { test.reset("a", "c"); }, [&] { test.slow("a", "c", 1s); }, [&] { test.stall("a", "c", 1s); },
         [&] { test.reorder("c", 1s); }, [&] { test.lose("a", "c", 1s); }, [&] { test.fault("c", "crash"); },
         [&] { test.crash("c"); }, [&] { test.restart("c"); }, [&] { test.stop("c"); }, [&] { test.pause("c", 1s); },
         [&] { test.jump_clock("c", 1s); }, [&] { test.connect("c"); }, [&] { test.node("c"); },
         [&] { test.is_running("c"); }})
    CHECK(error_of<std::invalid_argument>(f) == R"(there is no node "c": the nodes are a, b)");
  CHECK(error_of<std::invalid_argument>([&] { test.cut("a", "a"); }) == "node a has no link to itself");
  CHECK(test.faults().empty());
  test.crash("a");
  CHECK(error_of<std::logic_error>([&] { test.node("a"); }) == "node a does not run");
  CHECK_THROWS_AS((cluster_case{1, phones, {.nodes = {"a", "a"}}}), std::invalid_argument);
}

TEST_CASE("cluster_case: a node alone has no link that fails") {
  cluster_case test{1, phones, {.nodes = {"a"}}};
  for (int i = 0; i < 20; ++i)
    test.random_fault({fault_action::cut, fault_action::slow, fault_action::delay, fault_action::drop});
  test.run_for(10s);
  CHECK(test.faults().empty());
  engine::simulator sim{1};
  sim.start("a");
  sim.heal("a", "a");
  CHECK_FALSE(sim.network().connected("a", "a"));
}

TEST_CASE("cluster_case: heal_all ends every delay") {
  call x;
  x.test.stall("a", "b", 1h);
  x.test.slow("a", "b", 1h);
  x.test.lose("a", "b", 1h);
  x.test.pause("b", 1h);
  CHECK_FALSE(x.bob_hears(10s));
  x.test.heal_all();
  CHECK(x.bob_hears(2s));
}

TEST_CASE("cluster_case: heal_all heals what was done to a node that does not run") {
  call x;
  x.test.slow("a", "b", 1h);
  x.test.lose("a", "b", 1h);
  x.test.cut("a", "b");
  x.test.crash("b");
  x.test.heal_all();
  x.test.expect_soon("bob is back", [&] { return x.bob.is_joined(); });
  x.test.run_for(5s); // the nodes meet
  CHECK(x.bob_hears(2s));
}

TEST_CASE("simulator: heal_all heals the links of a node that starts afterwards") {
  engine::simulator sim{1};
  sim.start("a");
  sim.start("b");
  sim.cut("a", "b");
  sim.crash("b");
  sim.heal_all();
  sim.start("b");
  CHECK(sim.network().connected("a", "b"));
}

TEST_CASE("cluster_case: a latency lasts beyond restarts and other faults, and a shorter delay shortens none") {
  call x;
  x.test.slow("a", "b", 3s);
  x.test.random_fault({fault_action::slow}, 1s);
  x.test.reorder("b", 1s);
  x.test.restart("b");
  x.test.expect_soon("bob is back", [&] { return x.bob.is_joined(); });
  x.test.run_for(10s);
  CHECK_FALSE(x.bob_hears(2s));
  x.test.run_for(5s);
  x.test.heal_all();
  CHECK(x.bob_hears(2s));
  x.test.stall("a", "b", 20s);
  x.test.stall("a", "b", 1s);
  CHECK_FALSE(x.bob_hears(15s));
  x.test.run_for(10s);
  x.test.pause("b", 20s);
  x.test.pause("b", 1s);
  CHECK_FALSE(x.bob_hears(15s));
}

TEST_CASE("cluster_case: the end of a random fault ends nothing that the test has done") {
  call x;
  x.test.random_fault({fault_action::cut}, 1s);
  x.test.cut("a", "b");
  x.test.random_fault({fault_action::cut}, 1s);
  x.test.run_for(10s);
  CHECK_FALSE(x.bob_hears(5s));
  x.test.heal("a", "b");
  x.test.run_for(10s);
  CHECK(x.bob_hears(2s));
  x.test.random_fault({fault_action::kill}, 1s);
  x.test.crash("a");
  x.test.crash("b");
  x.test.random_fault({fault_action::kill}, 1s);
  x.test.run_for(10s);
  CHECK_FALSE(x.test.is_running("a"));
  CHECK_FALSE(x.test.is_running("b"));
  x.test.heal_all();
  CHECK(x.test.is_running("a"));
}

TEST_CASE("cluster_case: a rule with a probability hits other messages with another seed, and the same with the same") {
  const auto answers_with = [](uint64_t seed) {
    cluster_case test{seed, phones, {.nodes = {"a"}}};
    auto ann = test.connect("a").join("room:lobby");
    test.run_for(1s);
    test.fault("a", "drop label=phone* event=say probability=0.5");
    std::string result;
    for (int i = 0; i < 8; ++i) {
      const auto said = ann.push("say");
      test.run_for(100ms);
      result += said.status() == "ok" ? '1' : '0';
    }
    return result;
  };
  const std::set<std::string> all{answers_with(1), answers_with(2), answers_with(3)};
  CHECK(all.size() > 1);
  CHECK(all.contains(answers_with(1)));
}

TEST_CASE("cluster_case: handles that are empty, or whose case has ended, say so") {
  CHECK(contains(error_of<std::logic_error>([] { simulated_push{}.status(); }), "empty simulated_push"));
  CHECK(contains(error_of<std::logic_error>([] { simulated_channel{}.push("say"); }), "empty simulated_channel"));
  CHECK(contains(error_of<std::logic_error>([] { simulated_client{}.join("room:lobby"); }), "is empty"));
  auto x = std::make_unique<call>();
  const auto line = x->ann_line;
  const auto ann = x->ann;
  x.reset();
  CHECK(ann.is_joined()); // what it knew
  CHECK(contains(error_of<std::logic_error>([&] { ann.push("say"); }), "has ended"));
  CHECK(contains(error_of<std::logic_error>([&] { ann.leave(); }), "has ended"));
  CHECK(contains(error_of<std::logic_error>([&] { line.is_connected(); }), "has ended"));
}

TEST_CASE("cluster_case: an actor that never stops fails the test and does not hang it") {
  const auto before = std::exchange(engine::simulator::most_steps_at_one_time, 10'000);
  {
    call x;
    x.ann.push("loop");
    const auto text = error_of<std::runtime_error>([&] { x.test.run_for(1s); });
    CHECK(contains(text, "phone room:lobby on node a"));
  }
  engine::simulator::most_steps_at_one_time = before;
}
