#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <caf/event_based_actor.hpp>

#include "actors/node/node_parts.hpp"
#include "supervision/process/crash_report.hpp"
#include "tests/kit/simulation/simulator.hpp"
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/process_groups.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

/// What an actor is told: numbers, and the changes of groups that it monitors.
struct told {
  int numbers = 0;
  std::map<std::string, int> members; ///< by group: joins minus leaves
  bool impossible = false;            ///< more leaves than joins
};

caf::behavior listen(caf::event_based_actor*, const std::shared_ptr<told>& to) {
  return {
    [to](int) { ++to->numbers; },
    [to](const key_registered& x) { ++to->members[x.key]; },
    [to](const key_unregistered& x) { to->impossible = --to->members[x.key] < 0 || to->impossible; },
  };
}

const std::vector<std::string> all_groups = {"g", "h"};

/// Nodes with groups, a listener to each group on each node, and members that come and go.
struct grouped_nodes {
  explicit grouped_nodes(uint64_t seed, const std::vector<std::string>& called = {"a", "b"})
    : sim(seed), names(called) {
    for (const auto& x : names)
      start(x);
    sim.run_for(5s);
  }
  ~grouped_nodes() {
    own.clear();
    members.clear();
  }

  void start(const std::string& name) {
    sim.start(name);
    heard[name] = std::make_shared<told>();
    const auto listener = spawn(name, heard[name]);
    for (const auto& group : all_groups)
      CHECK(groups(name).monitor(group, listener).empty());
  }

  void crash(const std::string& name) {
    members.erase(name);
    own.erase(name);
    sim.crash(name);
  }

  const process_groups& groups(const std::string& node) { return sim[node].home().groups(); }

  caf::actor spawn(const std::string& node, const std::shared_ptr<told>& to = std::make_shared<told>()) {
    own[node].push_back(sim[node].system().spawn(listen, to));
    return own[node].back();
  }

  size_t count(const std::string& node, const std::string& group = "g") { return groups(node).members(group).size(); }

  bool soon(const std::string& node, size_t members_of_g) {
    return sim.run_until([&] { return count(node) == members_of_g; }, 20s);
  }

  struct member {
    caf::actor who;
    std::string group;
  };

  simulator sim;
  const std::vector<std::string> names;
  std::map<std::string, std::vector<caf::actor>> own;
  std::map<std::string, std::vector<member>> members;
  std::map<std::string, std::shared_ptr<told>> heard;
};

} // namespace

TEST_CASE("simulated groups: every node knows the members of all, as often as they have joined, and sends to them") {
  grouped_nodes x{1};
  const auto ann = std::make_shared<told>();
  const auto member = x.spawn("a", ann);
  CHECK_FALSE(x.groups("a").join("g", member));
  CHECK_FALSE(x.groups("a").join("g", member));
  CHECK_FALSE(x.groups("b").join("g", x.spawn("b")));
  REQUIRE(x.soon("a", 3));
  REQUIRE(x.soon("b", 3));
  CHECK(x.groups("a").local_members("g").size() == 2);
  CHECK(x.groups("b").local_members("g").size() == 1);
  CHECK(x.groups("b").groups() == std::vector<std::string>{"g"});
  CHECK(x.groups("b").send("g", caf::make_message(7)) == 3);
  CHECK(x.sim.run_until([&] { return ann->numbers == 2; }, 5s));
  CHECK(x.groups("a").leave("g", member));
  CHECK(x.soon("b", 2));
  // A node that starts later learns them, too.
  x.start("c");
  CHECK(x.soon("c", 2));
  CHECK(x.groups("c").local_groups().empty());
  CHECK(x.sim["c"].home().names().names().empty());
}

TEST_CASE(
  "simulated groups: behind a cut link the members are gone, and they return when it is healed, each told once") {
  grouped_nodes x{2};
  const auto member = x.spawn("a");
  x.groups("a").join("g", member);
  x.groups("a").join("g", x.spawn("a"));
  REQUIRE(x.soon("b", 2));
  x.sim.run_for(1s); // until the monitor has handled what it was told
  CHECK(x.heard["b"]->members["g"] == 2);
  x.sim.cut("a", "b");
  REQUIRE(x.soon("b", 0));
  CHECK(x.count("a") == 2);
  CHECK(x.groups("b").groups().empty());
  x.groups("a").leave("g", member);
  x.sim.heal("a", "b");
  REQUIRE(x.soon("b", 1));
  x.sim.run_for(1s);
  CHECK(x.heard["b"]->members["g"] == 1);
  CHECK_FALSE(x.heard["b"]->impossible);
}

TEST_CASE("simulated groups: an actor that ends, and a node that crashes, leave everywhere") {
  grouped_nodes x{3};
  const auto member = x.spawn("a");
  x.groups("a").join("g", member);
  x.groups("a").join("h", member);
  x.groups("a").join("g", x.spawn("a"));
  REQUIRE(x.soon("b", 2));
  signal_exit(member, exits::kill());
  REQUIRE(x.soon("b", 1));
  CHECK(x.sim.run_until([&] { return x.groups("b").groups() == std::vector<std::string>{"g"}; }, 5s));
  x.crash("a");
  CHECK(x.soon("b", 0));
  x.sim.run_for(1s);
  CHECK(x.heard["b"]->members == std::map<std::string, int>{{"g", 0}, {"h", 0}});
}

TEST_CASE("simulated groups: names that no group may have are refused here, and skipped when a peer tells them") {
  grouped_nodes x{4};
  for (const auto& bad : {std::string(256, 'g'), std::string{"\xff"}, std::string{"a\nb"}})
    CHECK_THROWS_AS(x.groups("a").join(bad, x.spawn("a")), std::invalid_argument);
  auto& door = *x.sim["a"].home().parts().groups_of_all;
  const auto who = caf::actor_cast<caf::strong_actor_ptr>(x.spawn("b"));
  door.receive("b", {1, true, {{"group:\xff", who, 1}, {"group:", who, 2}, {"global:x", who, 3}, {"other", who, 4}}});
  CHECK(x.groups("a").groups() == std::vector<std::string>{""}); // an empty name is one
  // What was told before, and the end of what was never told, change nothing.
  door.receive("b",
               {1, false, {{"group:g", who, 5}, {"group:g", who, 5}, {"group:h", who, 5}, {"group:g", nullptr, 6}}});
  CHECK(x.count("a") == 1);
  CHECK(x.count("a", "h") == 0);
  door.receive("nowhere", {1, false, {{"group:g", nullptr, 5}}}); // not of this node
  CHECK(x.count("a") == 1);
  door.receive("b", {1, false, {{"group:another", nullptr, 5}}}); // the number decides
  CHECK(x.count("a") == 0);
  door.lost("b");
  CHECK(x.groups("a").groups().empty());
  x.sim.run_for(1s); // also so that no message holds an actor of another node when the nodes go
  CHECK_FALSE(x.heard["a"]->impossible);
}

// BENNU_SEEDS=1000 for a long run.
TEST_CASE("simulated groups: whatever fails, all nodes and all monitors agree after healing") {
  const auto* wanted = std::getenv("BENNU_SEEDS");
  const uint64_t seeds = wanted != nullptr ? std::stoull(wanted) : 4;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    grouped_nodes x{seed, {"a", "b", "c"}};
    std::mt19937_64 random{seed};
    const auto pick = [&random](const auto& from) { return from[random() % from.size()]; };
    for (int i = 0; i < 60; ++i) {
      const auto node = pick(x.names);
      const auto other = pick(x.names);
      auto& members = x.members[node];
      switch (random() % 10) {
        case 0:
          x.sim.running(node) ? x.crash(node) : x.start(node);
          break;
        case 1:
          if (node != other)
            x.sim.cut(node, other);
          break;
        case 2:
          if (node != other)
            x.sim.heal(node, other);
          break;
        case 3:
          if (node != other)
            x.sim.reset(node, other);
          break;
        case 4:
        case 5:
          if (x.sim.running(node) && !members.empty()) {
            const auto last = members.back();
            members.pop_back();
            CHECK(x.groups(node).leave(last.group, last.who));
          }
          break;
        case 6:
          if (x.sim.running(node) && !members.empty()) {
            const auto victim = members.front().who;
            std::erase_if(members, [&](const auto& y) { return y.who == victim; });
            signal_exit(victim, exits::kill());
          }
          break;
        default:
          if (x.sim.running(node)) {
            const auto who = !members.empty() && random() % 2 == 0 ? members.back().who : x.spawn(node);
            members.push_back({who, pick(all_groups)});
            CHECK_FALSE(x.groups(node).join(members.back().group, who));
          }
      }
      x.sim.run_for(std::chrono::microseconds{random() % (random() % 8 == 0 ? 3'000'000 : 30'000)});
    }
    for (const auto& name : x.names)
      if (!x.sim.running(name))
        x.start(name);
    x.sim.heal_all();
    x.sim.run_for(12s);
    for (const auto& group : all_groups) {
      CAPTURE(group);
      size_t expected = 0;
      for (const auto& [node, members] : x.members)
        for (const auto& one : members)
          expected += one.group == group ? 1 : 0;
      for (const auto& name : x.names) {
        CAPTURE(name);
        CHECK(x.count(name, group) == expected);
        CHECK(x.heard[name]->members[group] == static_cast<int>(expected));
        CHECK_FALSE(x.heard[name]->impossible);
      }
    }
  }
}
