#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "supervision/lookup/group_table.hpp"
#include "tests/supervision/test_child.hpp"
#include "tests/supervision/virtual_system.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

struct table_case {
  virtual_system world;
  group_table table;
  caf::actor a = world.own(world.system().spawn<test_child>());
  caf::actor b = world.own(world.system().spawn<test_child>());

  using addresses = std::vector<caf::actor_addr>;
};

} // namespace

TEST_CASE("group table: memberships of one actor have different numbers, and the oldest ends first") {
  table_case x;
  const auto first = x.table.join("g", x.a);
  const auto other = x.table.join("g", x.b);
  const auto second = x.table.join("g", x.a);
  CHECK(first != second);
  CHECK(x.table.leave("g", x.a.address()) == first);
  CHECK(x.table.members("g", true) == table_case::addresses{x.b.address(), x.a.address()});
  CHECK(x.table.leave("g", x.a.address()) == second);
  CHECK(x.table.leave("g", x.a.address()) == 0);
  CHECK(x.table.leave("nowhere", x.a.address()) == 0);
  CHECK(x.table.leave("g", x.b.address()) == other);
  CHECK(x.table.groups(true).empty());
}

TEST_CASE("group table: an actor that has ended loses all its memberships at once, and is unknown afterwards") {
  table_case x;
  x.table.join("g", x.a);
  x.table.join("h", x.a);
  x.table.join("g", x.a);
  x.table.join("g", x.b);
  CHECK(x.table.knows(x.a.address()));
  CHECK(x.table.drop(x.a.address()).size() == 3);
  CHECK(x.table.drop(x.a.address()).empty());
  CHECK_FALSE(x.table.knows(x.a.address()));
  CHECK(x.table.groups(true) == std::vector<std::string>{"g"});
}

TEST_CASE(
  "group table: what a node tells is added and removed once, however often it is told, and replaces nothing own") {
  table_case x;
  x.table.join("g", x.a);
  CHECK(x.table.receive("n", {{"g", x.b, 1}, {"g", x.b, 1}, {"h", x.b, 1}}).first.size() == 1);
  CHECK(x.table.receive("m", {{"g", x.b, 1}}).first.size() == 1); // numbers are those of the node
  CHECK(x.table.members("g", false).size() == 3);
  CHECK(x.table.members("g", true).size() == 1);
  const auto left = x.table.receive("n", {{"g", nullptr, 1}, {"g", nullptr, 1}, {"g", nullptr, 9}}).second;
  REQUIRE(left.size() == 1);
  CHECK(left[0].who == x.b);
  CHECK(x.table.members("g", false).size() == 2);
}

TEST_CASE("group table: a node that is lost takes its memberships along, and no others") {
  table_case x;
  x.table.receive("n", {{"g", x.a, 1}, {"h", x.a, 2}});
  x.table.receive("m", {{"g", x.b, 1}});
  CHECK(x.table.forget("n").size() == 2);
  CHECK(x.table.forget("n").empty());
  CHECK(x.table.groups(false) == std::vector<std::string>{"g"});
  CHECK(x.table.members("g", false) == table_case::addresses{x.b.address()});
}
