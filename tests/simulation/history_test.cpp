#include <cstdint>

#include <doctest/doctest.h>

#include "actors/node/node_parts.hpp"
#include "tests/simulation/log_world.hpp"
#include "tests/simulation/seeds.hpp"

using namespace bennu;
using namespace std::chrono_literals;

using bennu::test::log_world;
using bennu::test::number_from;

namespace {

struct outcome {
  uint64_t read = 0, recovered = 0, lost = 0;
  uint64_t gaps = 0; ///< joins that ended because of one, on the nodes that were running at the end
  uint64_t first_joins = 0;
};

outcome run(uint64_t seed, history bounds, int actions) {
  CAPTURE(seed);
  log_world w{seed, bounds};
  for (int i = 0; i < actions; ++i) {
    w.do_something();
    w.check();
  }
  w.heal();
  w.check();
  w.check_healed();
  w.tell_all();
  outcome result;
  result.first_joins = w.readers.size();
  for (const auto& name : w.sim.names())
    result.gaps += w.sim[name].home().parts().histories.numbers().gaps;
  for (const auto& x : w.readers) {
    result.read += x.read;
    result.recovered += x.recovered;
    result.lost += x.lost;
  }
  return result;
}

outcome run_all(history bounds) {
  const auto first = number_from("BENNU_FIRST_SEED", 1);
  const auto seeds = number_from("BENNU_SEEDS", 10);
  outcome all;
  for (auto seed = first; seed < first + seeds; ++seed) {
    const auto one = run(seed, bounds, 150);
    all.read += one.read;
    all.recovered += one.recovered;
    all.lost += one.lost;
    all.gaps += one.gaps;
    all.first_joins += one.first_joins;
  }
  MESSAGE(seeds << " runs: " << all.read << " messages read, " << all.recovered << " joins recovered, " << all.lost
                << " did not, " << all.gaps << " ended because of a gap");
  CHECK(all.read > 20 * seeds);
  CHECK(all.recovered > seeds);
  return all;
}

} // namespace

// BENNU_SEEDS=10000 for a long run. BENNU_FIRST_SEED=N BENNU_SEEDS=1 BENNU_SIMULATION_VERBOSE=1 shows one run.
TEST_CASE(
  "history: whatever fails, who recovers misses nothing and gets nothing twice, and after healing all nodes agree") {
  const auto all = run_all({.messages = 10'000, .bytes = size_t{1} << 30, .age = std::chrono::minutes{10}});
  CHECK(all.gaps == 0);
  // Besides the first joins of all readers only those are refused whose node has died with messages that no other has.
  CHECK(10 * (all.lost - all.first_joins) <= all.recovered);
}

TEST_CASE("history: with bounds that overflow, too, who recovers misses nothing and gets nothing twice") {
  run_all({.messages = 15, .age = 2s});
}

TEST_CASE("history: a client that had more than its node gets nothing twice when the clock of the node jumps") {
  log_world w{1, {.age = 2s}};
  auto& ann = w.readers[0];
  w.connect(ann, "b");
  w.sim.run_for(1s);
  w.sim.slow("b", "a", 3s);
  w.publish("b");
  w.publish("b");
  w.sim.run_for(100ms);
  w.read_all();
  w.connect(ann, "a"); // to which the two are still under way
  w.sim.run_for(100ms);
  w.sim.jump("a", 1min);
  w.sim.run_for(5s);
  w.publish("b");
  w.sim.run_for(5s);
  w.read_all();
  w.check();
  CHECK(ann.recovered == 1);
  CHECK(ann.read == 3);
}

TEST_CASE("history: a client misses nothing new of a node whose clock has jumped since") {
  log_world w{1, {}};
  auto& ann = w.readers[0];
  w.connect(ann, "c");
  w.sim.run_for(1s);
  w.sim.lose("a", "c", 1s);
  w.publish("a");
  w.sim.jump("a", 20s); // so old, the message would be from before c started
  w.sim.run_for(10s);
  w.read_all();
  w.check();
  CHECK(ann.read == 1);
}
