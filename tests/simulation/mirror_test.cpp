#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <nlohmann/json.hpp>

#include "tests/kit/simulation/simulator.hpp"
#include <bennu/supervision/telemetry.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

/// Two nodes, and what the second one reported about its copy of the first one's presences at the last heartbeat, by
/// shard.
struct mirrored {
  struct state {
    int64_t connected, behind, entries;
  };
  std::map<int64_t, state> told;
  std::vector<caf::actor> people;
  simulator sim;

  explicit mirrored(uint64_t seed) : sim(seed) {
    sim.start("a");
    telemetry::of(sim.start("b").system()).attach("presence.mirror", [this](const telemetry_event& x) {
      if (x.text("node") == "a")
        told[x.number("shard")] = {x.number("connected"), x.number("behind"), x.number("entries")};
    });
    sim.run_for(5s);
  }
  ~mirrored() { people.clear(); }

  void track(int count) {
    for (; count > 0; --count) {
      people.push_back(
        sim["a"].system().spawn([](caf::event_based_actor*, int) -> caf::behavior { return {[](int) {}}; }, 0));
      sim["a"].home().presences().track(people.back(), "room:" + std::to_string(people.size()), "ann", json::object());
    }
  }

  int64_t sum(int64_t state::*what) const {
    int64_t result = 0;
    for (const auto& [_, x] : told)
      result += x.*what;
    return result;
  }
};

} // namespace

TEST_CASE("presence.mirror: at each heartbeat every shard reports how much it knows of each node") {
  mirrored x{1};
  const auto shards = static_cast<int64_t>(x.told.size());
  CHECK(shards > 0);
  CHECK(x.sum(&mirrored::state::connected) == shards);
  CHECK(x.sum(&mirrored::state::entries) == 0);
  x.track(20);
  x.sim.run_for(3s);
  CHECK(x.sum(&mirrored::state::entries) == 20);
  CHECK(x.sum(&mirrored::state::behind) == 0);
}

TEST_CASE("presence.mirror: it reports when the link is cut, and after healing what is known again") {
  mirrored x{2};
  const auto shards = static_cast<int64_t>(x.told.size());
  x.track(5);
  x.sim.run_for(3s);
  x.sim.cut("a", "b");
  REQUIRE(x.sim.run_until([&] { return x.sum(&mirrored::state::connected) == 0; }, 30s));
  x.track(7);
  x.sim.run_for(3s);
  CHECK(x.sum(&mirrored::state::entries) <= 5);
  x.sim.heal("a", "b");
  CHECK(x.sim.run_until(
    [&] { return x.sum(&mirrored::state::connected) == shards && x.sum(&mirrored::state::entries) == 12; }, 60s));
}
