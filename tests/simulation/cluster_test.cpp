#include "tests/simulation/seeds.hpp"
#include "tests/simulation/world.hpp"

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

/// One run in which everything that can fail fails at random. @returns how many broadcasts arrived.
uint64_t run(uint64_t seed, size_t nodes, int actions) {
  CAPTURE(seed);
  world w{seed, nodes};
  for (int i = 0; i < actions; ++i) {
    w.do_something();
    w.check_always();
  }
  w.heal();
  w.check_always();
  w.check_healed();
  if (number_from("BENNU_SIMULATION_VERBOSE", 0) != 0)
    for (const auto& line : w.sim.history())
      MESSAGE(line);
  return w.heard();
}

} // namespace

// BENNU_SEEDS=10000 for a long run. BENNU_FIRST_SEED=N BENNU_SEEDS=1 BENNU_SIMULATION_VERBOSE=1 shows one run.
TEST_CASE("cluster: whatever fails, no broadcast arrives twice or out of order, no ghost stays, and all nodes agree "
          "after healing") {
  const auto first = number_from("BENNU_FIRST_SEED", 1);
  const auto seeds = number_from("BENNU_SEEDS", 60);
  uint64_t heard = 0;
  for (uint64_t seed = first; seed < first + seeds; ++seed)
    heard += run(seed, 3, 60);
  CHECK(heard > 100 * seeds);
}

TEST_CASE("cluster: the same seed gives the same run") {
  const auto fingerprint = [](uint64_t seed) {
    world w{seed, 3};
    for (int i = 0; i < 60; ++i)
      w.do_something();
    return std::pair{w.sim.fingerprint(), w.sim.history()};
  };
  CHECK(fingerprint(7) == fingerprint(7));
  CHECK(fingerprint(7).first != fingerprint(8).first);
}
