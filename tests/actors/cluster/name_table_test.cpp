#include <doctest/doctest.h>

#include "actors/cluster/names/name_table.hpp"
#include "tests/supervision/test_child.hpp"
#include "tests/supervision/virtual_system.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

/// Some actors to register.
struct people {
  virtual_system world;
  caf::strong_actor_ptr ann = make(), bob = make();

  caf::strong_actor_ptr make() {
    return caf::actor_cast<caf::strong_actor_ptr>(world.own(world.system().spawn<test_child>()));
  }

  ~people() { ann = bob = nullptr; }
};

using entries = std::vector<name_entry>;

} // namespace

TEST_CASE("name table: a name has one actor, and is free when the actor leaves it") {
  people x;
  name_table a{"a"};
  CHECK(a.add({"n", x.ann, 1}));
  CHECK_FALSE(a.add({"n", x.bob, 2}));
  CHECK(a.find("n") == x.ann);
  CHECK_FALSE(a.remove("n", x.bob.get()));
  CHECK(a.remove("n", x.ann.get()));
  CHECK(a.find("n") == nullptr);
  CHECK(a.add({"n", x.bob, 3}));
}

TEST_CASE("name table: the names of another node are known until the node removes them or is lost") {
  people x;
  name_table a{"a"};
  CHECK(a.receive("b", true, {{"n", x.bob, 1}, {"m", x.bob, 1}}).empty());
  CHECK(a.find("n") == x.bob);
  CHECK_FALSE(a.add({"n", x.ann, 2}));
  a.receive("b", false, {{"n", nullptr, 0}});
  CHECK(a.names() == std::vector<std::string>{"m"});
  a.receive("b", true, {{"k", x.bob, 1}});
  CHECK(a.names() == std::vector<std::string>{"k"});
  a.forget("b");
  CHECK(a.names().empty());
}

TEST_CASE("name table: when two actors have one name, all nodes choose the same one, the elder") {
  people x;
  name_table a{"a"};
  name_table b{"b"};
  name_table c{"c"};
  const name_entry of_a{"n", x.ann, 2};
  const name_entry of_b{"n", x.bob, 1};
  a.add(of_a);
  b.add(of_b);
  c.receive("a", true, {of_a});
  c.receive("b", true, {of_b});
  CHECK(a.receive("b", true, {of_b}) == entries{of_a});
  CHECK(b.receive("a", true, {of_a}).empty());
  for (auto* table : {&a, &b, &c})
    CHECK(table->find("n") == x.bob);
  CHECK(a.own().empty());
}

TEST_CASE("name table: of two equally old actors, the one whose node's name sorts first wins") {
  people x;
  name_table a{"a"};
  name_table b{"b"};
  a.add({"n", x.ann, 1});
  b.add({"n", x.bob, 1});
  CHECK(a.receive("b", true, b.own()).empty());
  CHECK(b.receive("a", true, a.own()) == entries{{"n", x.bob, 1}});
  CHECK(b.find("n") == x.ann);
}
