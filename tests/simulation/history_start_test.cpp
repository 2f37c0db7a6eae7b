// A node that has just started, and the clients that come back to it.
#include <string>

#include <doctest/doctest.h>

#include "actors/client/unit_services.hpp"
#include "actors/node/node_parts.hpp"
#include "tests/simulation/log_world.hpp"

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

/// Ann has read something, and `b` was killed and has just started again. Blocks to it take 300 ms.
struct restarted_node : log_world {
  explicit restarted_node(bool is_cut_off = false) : log_world(1, {}), ann(readers[0]) {
    connect(ann, "a");
    sim.run_for(1s);
    publish("a");
    sim.run_for(1s);
    read_all();
    hang_up(ann);
    publish("a");
    crash("b");
    sim.run_for(5s);
    publish("c");
    if (is_cut_off) {
      sim.cut("a", "b");
      sim.cut("c", "b");
    }
    sim.slow("a", "b", 300ms);
    sim.slow("c", "b", 300ms);
    start("b");
    sim.run_for(1ms);
  }

  void run_for(std::chrono::milliseconds time) {
    sim.run_for(time);
    read_all();
    check();
  }

  size_t joins() { return sim["b"].home().parts().clients.joins.joins(); }

  log_reader& ann;
};

} // namespace

TEST_CASE("history: who comes back to a node that has just started waits until the node has what the others keep") {
  restarted_node test;
  test.connect(test.ann, "b");
  test.run_for(100ms);
  CHECK_FALSE(test.ann.is_answered);
  test.run_for(1500ms);
  CHECK(test.ann.is_answered);
  CHECK(test.ann.recovered == 1);
  CHECK(test.ann.read == 3);
}

TEST_CASE("history: a join without a position, or of a topic without history, does not wait for a node that starts") {
  restarted_node test;
  auto& bob = test.readers[1];
  test.connect(bob, "b");
  test.connect(test.ann, "b");
  test.ann.send("phx_join", {{"since", test.ann.position}}, "plain:1");
  test.sim.run_for(100ms);
  test.read_all();
  CHECK(bob.is_answered);
  CHECK_FALSE(test.ann.is_answered);
  CHECK(test.joins() == 3);
  CHECK(test.ann.seen.contains("plain:1"));
}

TEST_CASE("history: a node that reaches no other one lets its clients wait for two seconds") {
  restarted_node test{true};
  test.connect(test.ann, "b");
  test.run_for(1900ms);
  CHECK_FALSE(test.ann.is_answered);
  test.run_for(200ms);
  CHECK(test.ann.is_answered);
  CHECK(test.ann.recovered == 0);
  const auto counted = test.sim["b"].home().parts().histories.numbers().refused;
  CHECK(counted[static_cast<size_t>(history_refusal::not_caught_up)] == 1);
  test.connect(test.ann, "b"); // later ones do not wait any more
  test.run_for(50ms);
  CHECK(test.ann.is_answered);
}

TEST_CASE("history: a client that leaves or disconnects while it waits for a node that starts is forgotten at once") {
  restarted_node test{true};
  test.connect(test.ann, "b");
  test.run_for(10ms);
  CHECK(test.joins() == 1);
  test.ann.leave();
  test.run_for(10ms);
  CHECK(test.joins() == 0);
  test.run_for(10ms); // now it has joined again
  CHECK(test.joins() == 1);
  CHECK_FALSE(test.ann.is_answered);
  test.hang_up(test.ann);
  test.sim.run_for(10ms);
  CHECK(test.joins() == 0);
  test.sim.run_for(5s);
  CHECK(test.joins() == 0);
}

TEST_CASE("history: of two joins of a topic in a row only the second is answered when the node has caught up") {
  restarted_node test;
  test.connect(test.ann, "b");
  test.run_for(10ms);
  test.ann.join();
  test.run_for(1500ms);
  CHECK(test.ann.is_answered);
  CHECK(test.ann.recovered == 1);
  CHECK(test.ann.read == 3);
  CHECK(test.joins() == 1);
}

TEST_CASE("bounds: max_waiting_joins: a further join does not wait for a node that starts") {
  restarted_node test{true};
  auto& store = test.sim["b"].home().parts().histories;
  const auto one = test.sim["b"].system().spawn([](int) {}, 0);
  for (size_t i = 0; i < history_store::max_waiting_joins; ++i)
    REQUIRE(store.await_histories(one));
  CHECK_FALSE(store.await_histories(one));
  test.connect(test.ann, "b");
  test.run_for(50ms);
  CHECK(test.ann.is_answered);
}
