#include <doctest/doctest.h>

#include <future>
#include <string>
#include <vector>

#include "tests/supervision/test_child.hpp"
#include "tests/supervision/threaded_system.hpp"
#include "tests/supervision/virtual_system.hpp"
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/tree.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

/// Two workers and a pool under one supervisor.
struct forest {
  diary a, b, pooled;
  virtual_system world;
  caf::actor pool;
  caf::actor root;

  forest() {
    dynamic_supervisor_options options;
    options.name = "pool";
    options.announce = [this](const caf::actor& x) { pool = x; };
    auto inner = supervisor_spec{one_for_one}.name("rooms").add(worker("a", a)).add(dynamic_supervisor(options));
    auto spec = supervisor_spec{one_for_one}.name("top").add(inner.supervised("inner")).add(worker("b", b));
    root = world.own(spec.spawn(world.system()));
  }

  ~forest() {
    for (auto* x : {&a, &b, &pooled})
      x->actors.clear();
    pool = nullptr;
  }

  void grow(int count) {
    for (auto i = 0; i < count; ++i)
      start_child(pool, worker("c" + std::to_string(i), pooled));
    world.settle();
  }

  tree_node read(tree_options options = {}) {
    auto result = read_tree(world.system(), root, options);
    world.settle();
    REQUIRE(result.wait_for(0s) == std::future_status::ready);
    return result.get();
  }
};

std::vector<std::string> ids(const tree_node& tree) {
  std::vector<std::string> result;
  for_each_node(tree, [&](const tree_node& x, size_t depth) { result.push_back(std::string(depth, '.') + x.id); });
  return result;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("tree: every actor is seen, children in the order of their start") {
  forest test;
  test.grow(1);
  auto tree = test.read();
  CHECK(ids(tree) == texts{"top", ".inner", "..a", "..pool", "...c0", ".b"});
  auto& a = tree.children[0].children[0];
  CHECK(a.actor == test.a.last().id());
  CHECK(a.label == "test_child");
  CHECK(a.state == child_state::running);
  CHECK(a.answers);
  CHECK(tree.children[0].label == "rooms");
  CHECK(tree.restarts_left == 1);
}

TEST_CASE("tree: a crash shows in the restarts, the restarts left, the last crash and the age") {
  forest test;
  test.world.advance(10s);
  caf::anon_send(test.b.last(), std::string{"crash"});
  test.world.settle();
  test.world.advance(3s);
  auto tree = test.read();
  auto& b = tree.children[1];
  CHECK(b.restarts == 1);
  CHECK(b.restarts_left == 0);
  CHECK(b.last_crash == "crashed: told to crash");
  CHECK(b.since == 3s);
  CHECK(tree.children[0].since == 13s);
}

TEST_CASE("tree: an actor's line shows its detail") {
  struct counting_child : test_child {
    using test_child::test_child;
    std::string detail() const override { return "42 things"; }
  };
  forest test;
  test.world.settle();
  start_child(test.pool, worker<counting_child>("counting", test.pooled));
  test.world.settle();
  const auto tree = test.read();
  CHECK(tree.children[0].children[1].children[0].detail == "42 things");
  CHECK(tree.children[1].detail.empty());
}

TEST_CASE("tree: of many children max_children are shown, and the others counted") {
  forest test;
  test.grow(10);
  tree_options few;
  few.max_children = 3;
  auto tree = test.read(few);
  auto& pool = tree.children[0].children[1];
  CHECK(pool.children.size() == 3);
  CHECK(pool.hidden == 7);
}

TEST_CASE("tree: a stuck child is shown as such, and delays no other") {
  std::promise<void> reached;
  std::promise<void> open;
  auto opened = open.get_future().share(); // a copy, because the test may be over before the child wakes
  threaded_system world;
  diary other;
  auto stuck = child_spec{"stuck", [&](caf::event_based_actor* parent, const start_cause&) -> start_result {
                            auto stand = [&reached, opened](caf::event_based_actor*, caf::unit_t) -> caf::behavior {
                              return {[&reached, opened](int) {
                                reached.set_value();
                                opened.wait();
                              }};
                            };
                            auto result = parent->spawn<caf::detached>(stand, caf::unit);
                            caf::anon_send(result, 1);
                            return result;
                          }};
  auto started = world.event("supervisor.child_started", "id", "other");
  auto tree = supervisor_spec{}.add(std::move(stuck)).add(worker("other", other)).start(world.system());
  started.wait();
  reached.get_future().wait();
  tree_options hasty;
  hasty.patience = 20ms;
  auto seen = read_tree(world.system(), tree.root(), hasty).get();
  REQUIRE(ids(seen) == texts{"supervisor", ".stuck", ".other"});
  CHECK_FALSE(seen.children[0].answers);
  CHECK(render(seen).find("no answer") != std::string::npos);
  hasty.patience = 10s;
  open.set_value();
  CHECK(read_tree(world.system(), tree.root(), hasty).get().children[0].answers);
  other.actors.clear();
}

TEST_CASE("tree: a root that has ended is shown as such, at once") {
  forest test;
  signal_exit(test.root, exits::shutdown());
  test.world.settle();
  auto tree = test.read();
  CHECK(tree.children.empty());
}

TEST_CASE("tree: it is drawn in aligned columns, with box characters") {
  tree_node leaf;
  leaf.id = "room:lobby";
  leaf.label = "room_channel";
  leaf.actor = 12;
  leaf.since = 1500ms;
  leaf.restarts = 2;
  leaf.restarts_left = 3;
  leaf.mailbox_depth = 1;
  leaf.mailbox_high_water = 7;
  leaf.last_crash = "crashed: bad\nindex";
  leaf.detail = "7 people";
  tree_node gone;
  gone.id = "gone";
  gone.state = child_state::undefined;
  tree_node pool;
  pool.id = "pool";
  pool.label = "pool";
  pool.actor = 4;
  pool.since = 3h;
  pool.children = {leaf};
  pool.hidden = 40;
  tree_node root;
  root.id = root.label = "root";
  root.actor = 3;
  root.restarts_left = 1;
  root.children = {pool, gone};
  CHECK(
    render(root)
    == "ACTOR                 WHAT          STATE      UP    RESTARTS  LEFT  MAILBOX    LAST CRASH          DETAIL\n"
       "root #3               root          running                    1     0 (max 0)\n"
       "├─ pool #4            pool          running    3 h   0         0     0 (max 0)\n"
       "│  ├─ room:lobby #12  room_channel  running    1 s   2         3     1 (max 7)  crashed: bad index  7 people\n"
       "│  └─ … 40 more\n"
       "└─ gone                             undefined  0 ms  0         0\n");
}
