#include <doctest/doctest.h>

#include "tests/kit/simulation/simulator.hpp"

using namespace bennu::engine;
using namespace std::chrono_literals;

TEST_CASE("presence: however often a link is lost and comes back, each shard has one timer for its deadlines") {
  simulator sim{1, {}, {.max_notice = 10ms}};
  sim.start("a");
  sim.start("b");
  sim.run_for(10s);
  const auto before = sim["a"].timers();
  for (int i = 0; i < 40; ++i) {
    sim.reset("a", "b");
    sim.run_for(60ms);
  }
  const auto shards = sim["a"].home().presences().shards().size();
  CHECK(sim["a"].timers() <= before + 3 * shards); // the window, the beat, the deadline
}
