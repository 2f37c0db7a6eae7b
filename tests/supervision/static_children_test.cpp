#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "supervision/children/static_children.hpp"
#include "tests/supervision/test_child.hpp"
#include "tests/supervision/virtual_system.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

using state = static_children::state;
using fate = static_children::fate;
using place = static_children::place;

/// Children that the test alone starts and stops.
struct children_case {
  virtual_system world;
  static_children children;

  explicit children_case(strategy how) : children(how) {}
  ~children_case() { children = static_children{one_for_one}; }

  place add(const std::string& id, restart kept = restart::permanent) {
    auto start = [](caf::event_based_actor*, const start_cause&) -> start_result { return start_result::ignore(); };
    return children.add(make_recipe(child_spec{id, start}.restart_as(kept)));
  }

  /// Starts all that are due, in order.
  std::string start_all() {
    std::string order;
    while (auto at = children.next_to_start()) {
      order += children.find(*at)->recipe->id();
      children.renew(*at);
      children.set_starting(*at, world.own(world.system().spawn<test_child>()));
      children.set_running(*at);
    }
    return order;
  }

  /// Stops all that are due, one after another.
  std::string stop_all() {
    std::string order;
    while (auto at = children.next_to_stop()) {
      order += children.find(*at)->recipe->id();
      children.set_stopping(*at);
      children.finish_stop(*at);
    }
    return order;
  }

  std::string known() const {
    std::string result;
    for (auto& [at, x] : children.all())
      result += x.recipe->id();
    return result;
  }
};

} // namespace

TEST_CASE("static_children: children start in the order in which they came, each when the one before is ready") {
  children_case test{one_for_one};
  auto a = test.add("a");
  auto b = test.add("b");
  REQUIRE(test.children.next_to_start() == a);
  test.children.renew(a);
  test.children.set_starting(a, test.world.own(test.world.system().spawn<test_child>()));
  CHECK_FALSE(test.children.next_to_start());
  CHECK_FALSE(test.children.at_rest());
  test.children.set_running(a);
  CHECK(test.children.next_to_start() == b);
  CHECK(test.start_all() == "b");
  CHECK(test.children.at_rest());
}

TEST_CASE("static_children: the children of a running one_for_one supervisor do not wait for each other") {
  children_case test{one_for_one};
  auto a = test.add("a");
  auto b = test.add("b");
  test.start_all();
  test.children.set_independent();
  test.children.condemn(a, fate::start);
  test.children.set_stopping(a);
  test.children.condemn(b, fate::rest);
  CHECK(test.children.next_to_stop() == b);
  auto c = test.add("c");
  CHECK(test.children.next_to_start() == c);
}

TEST_CASE("static_children: a group is stopped in reverse, one after another, and then started in order") {
  for (auto [how, stopped, started] : {std::tuple{one_for_all, "dca", "abcd"}, std::tuple{rest_for_one, "dc", "bcd"},
                                       std::tuple{one_for_one, "", "b"}}) {
    children_case test{how};
    test.add("a");
    auto b = test.add("b");
    test.add("c");
    test.add("d");
    test.start_all();
    test.children.set_independent();
    test.children.want(b);
    test.children.condemn_group_of(b);
    if (how != one_for_one)
      CHECK_FALSE(test.children.next_to_start()); // not before all are stopped
    CHECK(test.stop_all() == stopped);
    CHECK(test.start_all() == started);
  }
}

TEST_CASE("static_children: while a child is being stopped, the next one of its group waits") {
  children_case test{one_for_all};
  auto a = test.add("a");
  auto b = test.add("b");
  test.start_all();
  test.children.condemn_all();
  REQUIRE(test.children.next_to_stop() == b);
  test.children.set_stopping(b);
  CHECK_FALSE(test.children.next_to_stop());
  test.children.finish_stop(b);
  CHECK(test.children.next_to_stop() == a);
}

TEST_CASE("static_children: temporary siblings of a group are forgotten, those that had ended are started again") {
  children_case test{one_for_all};
  auto a = test.add("a");
  test.add("t", restart::temporary);
  auto c = test.add("c");
  test.start_all();
  test.children.rest(c);
  test.children.want(a);
  test.children.condemn_group_of(a);
  CHECK(test.stop_all() == "t");
  CHECK(test.known() == "ac");
  CHECK(test.start_all() == "ac");
}

TEST_CASE("static_children: a child that is stopped for good is not restarted by a crash in its group") {
  children_case test{one_for_all};
  auto a = test.add("a");
  auto b = test.add("b");
  test.start_all();
  test.children.condemn(b, fate::rest);
  test.children.want(a);
  test.children.condemn_group_of(a);
  CHECK(test.stop_all() == "b");
  CHECK(test.children.find(b)->what == state::undefined);
}

TEST_CASE("static_children: when a start fails within a group, the later ones are not started") {
  children_case test{rest_for_one};
  auto a = test.add("a");
  auto b = test.add("b");
  test.start_all();
  test.children.want(a);
  test.children.condemn_group_of(a);
  test.stop_all();
  test.children.retry_later(a);
  CHECK(test.children.find(b)->what == state::undefined);
  CHECK(seen(*test.children.find(a)) == child_state::restarting);
  CHECK_FALSE(test.children.next_to_start());
}

TEST_CASE("static_children: the keys of earlier starts are invalid, and a place is never used again") {
  children_case test{one_for_one};
  auto a = test.add("a");
  auto first = test.children.renew(a);
  CHECK(test.children.find(first) != nullptr);
  auto second = test.children.renew(a);
  CHECK(test.children.find(first) == nullptr);
  CHECK(test.children.find(second) != nullptr);
  test.children.remove(a);
  CHECK(test.children.find(second) == nullptr);
  CHECK(test.add("a") != a);
}

TEST_CASE("static_children: the action after a stop can still be changed, also to a removal") {
  children_case test{one_for_one};
  auto a = test.add("a");
  test.start_all();
  test.children.set_independent();
  test.children.condemn(a, fate::start);
  test.children.set_stopping(a);
  test.children.condemn(a, fate::remove);
  CHECK(seen(*test.children.find(a)) == child_state::stopping);
  CHECK_FALSE(test.children.finish_stop(a));
  CHECK(test.known().empty());
  CHECK_FALSE(test.children.find("a"));
}

TEST_CASE("static_children: for a child without an actor the outcome of a stop is immediate") {
  children_case test{one_for_one};
  auto a = test.add("a");
  test.children.condemn(a, fate::rest);
  CHECK(test.children.find(a)->what == state::undefined);
  CHECK(test.children.at_rest());
  test.children.condemn(a, fate::start);
  CHECK(test.children.next_to_start() == a);
  auto t = test.add("t", restart::temporary);
  test.children.condemn(t, fate::rest);
  CHECK(test.children.find(t) == nullptr);
}
