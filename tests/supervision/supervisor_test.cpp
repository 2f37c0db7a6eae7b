#include <doctest/doctest.h>

#include "tests/supervision/test_child.hpp"
#include "tests/supervision/virtual_system.hpp"
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

/// Three children under one supervisor, and how often each was started.
struct trio {
  diary a, b, c;
  virtual_system world;
  caf::actor supervisor;

  explicit trio(strategy how, restart_limit limit = {10, 5s}) {
    auto spec = supervisor_spec{how}.intensity(limit).add(worker("a", a)).add(worker("b", b)).add(worker("c", c));
    supervisor = world.own(spec.spawn(world.system()));
  }

  ~trio() {
    for (auto* x : {&a, &b, &c})
      x->actors.clear();
  }

  void crash(diary& who) {
    caf::anon_send(who.last(), std::string{"crash"});
    world.settle();
  }

  std::vector<size_t> starts() const { return {a.starts(), b.starts(), c.starts()}; }
};

bool is_dead(virtual_system& world, const caf::actor& whom) {
  world.ask<std::string>(whom, std::string{"stop"});
  return classify(world.error()).kind == exit_kind::noproc;
}

using counts = std::vector<size_t>;

} // namespace

TEST_CASE("supervisor: one_for_one restarts only the crashed child") {
  trio test{one_for_one};
  test.crash(test.b);
  CHECK(test.starts() == counts{1, 2, 1});
  CHECK(test.b.causes[1].crash == exit_info{exit_kind::crashed, "told to crash"});
}

TEST_CASE("supervisor: one_for_all stops and starts all children") {
  trio test{one_for_all};
  auto first = test.a.last();
  test.crash(test.b);
  CHECK(test.starts() == counts{2, 2, 2});
  CHECK(is_dead(test.world, first));
}

TEST_CASE("supervisor: rest_for_one does not affect the children that were started before") {
  trio test{rest_for_one};
  test.crash(test.b);
  CHECK(test.starts() == counts{1, 2, 2});
}

TEST_CASE("supervisor: when the intensity is exceeded it stops all children and ends") {
  trio test{one_for_one, {1, 5s}};
  test.crash(test.b);
  test.crash(test.b);
  CHECK(test.starts() == counts{1, 2, 1});
  CHECK(is_dead(test.world, test.supervisor));
  CHECK(is_dead(test.world, test.a.last()));
}

TEST_CASE("supervisor: a pending child delays those after it until it acknowledges") {
  virtual_system world;
  diary later;
  caf::actor parent;
  caf::actor slow;
  auto pending =
    child_spec{"slow", [&](caf::event_based_actor* self, const start_cause&) {
                 parent = caf::actor{self};
                 auto idle = [](caf::event_based_actor*, caf::unit_t) -> caf::behavior { return {[](int) {}}; };
                 slow = self->spawn(idle, caf::unit);
                 return start_result::pending(slow);
               }};
  auto supervisor =
    world.own(supervisor_spec{one_for_one}.add(std::move(pending)).add(worker("later", later)).spawn(world.system()));
  CHECK(later.starts() == 0);
  caf::send_as(slow, supervisor, child_ack{});
  world.settle();
  CHECK(later.starts() == 1);
  later.actors.clear();
}

TEST_CASE("supervisor: when a child cannot start at boot, those before it are stopped and the supervisor ends") {
  virtual_system world;
  diary before;
  auto hostile = child_spec{"x", [](auto*, auto&) -> start_result { throw std::runtime_error{"no disk"}; }};
  auto supervisor =
    world.own(supervisor_spec{one_for_one}.add(worker("a", before)).add(std::move(hostile)).spawn(world.system()));
  CHECK(is_dead(world, supervisor));
  CHECK(is_dead(world, before.last()));
  before.actors.clear();
}

TEST_CASE("supervisor: a nested supervisor restarts with its children") {
  virtual_system world;
  diary leaf;
  auto inner = supervisor_spec{one_for_one}.intensity({0, 5s}).add(worker("leaf", leaf));
  auto outer = world.own(supervisor_spec{one_for_one}.add(inner.supervised("inner")).spawn(world.system()));
  REQUIRE(leaf.starts() == 1);
  caf::anon_send(leaf.last(), std::string{"crash"});
  world.settle();
  CHECK(leaf.starts() == 2);
  leaf.actors.clear();
}

TEST_CASE("supervisor: children stop in reverse order; one that traps exits is killed after its shutdown time") {
  virtual_system world;
  diary a;
  diary b;
  auto spec = supervisor_spec{one_for_one}.add(worker("a", a)).add(worker<stubborn_child>("b", b));
  auto supervisor = world.own(spec.spawn(world.system()));
  signal_exit(supervisor, exits::shutdown());
  world.advance(4999ms);
  CHECK(world.events("supervisor.child_terminated") == 0);
  world.advance(1ms);
  CHECK(world.events("supervisor.child_terminated") == 2);
  CHECK(is_dead(world, supervisor));
  a.actors.clear();
  b.actors.clear();
}

TEST_CASE("supervisor: a tree on real threads stops when its handle is destroyed") {
  config cfg;
  caf::actor_system system{cfg};
  diary a;
  {
    auto tree = supervisor_spec{one_for_one}.add(worker("a", a)).start(system);
    CHECK(tree.root());
  }
  a.actors.clear();
  system.await_all_actors_done();
  CHECK(system.registry().running() == 0);
}

TEST_CASE("supervisor: an invalid spec is refused with what is allowed") {
  diary book;
  CHECK_THROWS_WITH(
    supervisor_spec{}.add(worker("a", book).significant()),
    "invalid_argument: a significant child must be transient or temporary: a permanent one never ends by itself");
  CHECK_THROWS(supervisor_spec{}.add(worker("a", book)).add(worker("a", book)));
}

TEST_CASE("supervisor: which_children lists each child, the newest first") {
  trio test{one_for_one};
  test.world.advance(7s);
  test.crash(test.b);
  auto children = test.world.ask<std::vector<child_info>>(test.supervisor, which_children_command{});
  REQUIRE(children.size() == 3);
  CHECK(children[0].id == "c");
  CHECK(children[1].actor == test.b.last());
  CHECK(children[1].state == child_state::running);
  CHECK(children[1].restarts == 1);
  CHECK(children[1].restarts_left == 9);
  CHECK(children[1].last_crash == "crashed: told to crash");
  CHECK(children[1].since - children[0].since == 7s);
  CHECK(test.world.ask<child_counts>(test.supervisor, count_children_command{}) == child_counts{3, 3, 0, 3});
  auto info = test.world.ask<supervisor_info>(test.supervisor, get_supervisor_command{});
  CHECK(info.name == "supervisor");
  CHECK(info.restarts_left == 9);
}
