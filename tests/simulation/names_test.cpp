#include <doctest/doctest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>

#include "supervision/process/crash_report.hpp"
#include "tests/kit/simulation/simulator.hpp"
#include <bennu/actors/global_names.hpp>
#include <bennu/supervision/process.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

constexpr auto name = "global:leader";

caf::behavior adder(caf::event_based_actor*, int summand) {
  return {[summand](int x) { return x + summand; }};
}

// Handles of two systems in one process compare equal when their numbers do.
caf::actor_control_block* block_of(const caf::actor& x) {
  return caf::actor_cast<caf::actor_control_block*>(x);
}

/// Nodes that have met.
struct nodes {
  explicit nodes(uint64_t seed, const std::vector<std::string>& called = {"a", "b"}) : sim(seed) {
    for (const auto& x : called)
      sim.start(x);
    sim.run_for(5s);
  }
  ~nodes() { own.clear(); }

  global_names& names(const std::string& of) { return sim[of].home().names(); }

  caf::actor adder_on(const std::string& node, int summand) {
    own.push_back(sim[node].system().spawn(adder, summand));
    return own.back();
  }

  /// The answer of the name's holder to an actor on this node; nothing when the name is free or there is no answer.
  std::optional<int> ask(const std::string& node, int x, std::chrono::seconds within = 5s) {
    const auto whom = names(node).find(name);
    if (!whom)
      return std::nullopt;
    std::optional<int> result;
    bool is_over = false;
    // It takes an argument, because without one CAF 0.17.6 binds a reference to a null tuple, which UBSan stops.
    auto ask_it = [&](caf::event_based_actor* self, const caf::actor& target) {
      self->request(target, 3s, x)
        .then(
          [&](int y) {
            result = y;
            is_over = true;
          },
          [&](const caf::error&) { is_over = true; });
    };
    own.push_back(sim[node].system().spawn(ask_it, whom));
    sim.run_until([&] { return is_over; }, within);
    return result;
  }

  std::vector<caf::actor> own;
  simulator sim;
};

} // namespace

TEST_CASE("simulated names: a name is found on every node, and its actor answers over the wire") {
  nodes x{1};
  CHECK_FALSE(x.names("a").add(name, x.adder_on("a", 10)));
  REQUIRE(x.sim.run_until([&] { return x.names("b").find(name) != nullptr; }, 5s));
  CHECK(x.ask("b", 1) == 11);
  CHECK(x.ask("a", 2) == 12);
  CHECK(x.names("b").add(name, x.adder_on("b", 20)));
  // A node that starts later learns the name, too.
  x.sim.start("c");
  REQUIRE(x.sim.run_until([&] { return x.names("c").find(name) != nullptr; }, 5s));
  CHECK(x.ask("c", 3) == 13);
}

TEST_CASE("simulated names: behind a cut link a name is free, and it returns when the link is healed") {
  nodes x{2};
  CHECK_FALSE(x.names("a").add(name, x.adder_on("a", 10)));
  REQUIRE(x.sim.run_until([&] { return x.names("b").find(name) != nullptr; }, 5s));
  const auto before = x.names("b").find(name);
  x.sim.cut("a", "b");
  REQUIRE(x.sim.run_until([&] { return x.names("b").find(name) == nullptr; }, 20s));
  CHECK_FALSE(is_alive(before));
  x.sim.heal("a", "b");
  REQUIRE(x.sim.run_until([&] { return x.names("b").find(name) != nullptr; }, 20s));
  CHECK(x.ask("b", 1) == 11);
}

TEST_CASE("simulated names: a name ends with its actor, and a monitor on another node is told") {
  nodes x{3};
  const auto holder = x.adder_on("a", 10);
  CHECK_FALSE(x.names("a").add(name, holder));
  REQUIRE(x.sim.run_until([&] { return x.names("b").find(name) != nullptr; }, 5s));
  const auto proxy = x.names("b").find(name);
  signal_exit(holder, exits::kill());
  CHECK(x.sim.run_until([&] { return x.names("b").find(name) == nullptr && !is_alive(proxy); }, 5s));
}

TEST_CASE("simulated names: property: when actors take one name at the same time, one of them keeps it on all nodes") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    nodes x{seed, {"a", "b", "c"}};
    std::vector<caf::actor> takers;
    std::mt19937_64 random{seed};
    for (const std::string node : {"a", "b", "c"}) {
      if (random() % 2 == 0)
        x.sim.cut(node, node == "c" ? "a" : "c");
      takers.push_back(x.adder_on(node, 10));
      x.names(node).add(name, takers.back());
      x.sim.run_for(std::chrono::microseconds{random() % 30'000});
    }
    x.sim.heal_all();
    x.sim.run_for(30s);
    size_t survivors = 0;
    for (const auto& taker : takers)
      survivors += is_alive(taker) ? 1 : 0;
    // Actors that were refused were never registered, and live on.
    size_t holders = 0;
    for (const std::string node : {"a", "b", "c"}) {
      REQUIRE(x.names(node).find(name));
      for (const auto& taker : takers)
        holders += block_of(x.names(node).find(name)) == block_of(taker) ? 1 : 0;
      CHECK(x.ask(node, 1) == 11);
    }
    CHECK(holders == 1); // on its own node it is the actor itself, elsewhere a proxy
    CHECK(survivors >= 1);
    takers.clear();
  }
}
