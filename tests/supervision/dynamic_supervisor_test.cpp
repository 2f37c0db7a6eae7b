#include <doctest/doctest.h>

#include "tests/supervision/test_child.hpp"
#include "tests/supervision/virtual_system.hpp"
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/supervisor_error.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

struct pool {
  diary book;
  virtual_system world;
  caf::actor supervisor;

  explicit pool(dynamic_supervisor_options options = {})
    : supervisor(world.own(spawn_dynamic_supervisor(world.system(), std::move(options)))) {}

  ~pool() { book.actors.clear(); }

  void start(child_spec spec) {
    start_child(supervisor, std::move(spec));
    world.settle();
  }

  void tell(const char* order) {
    caf::anon_send(book.last(), std::string{order});
    world.settle();
  }

  child_counts counts() { return world.ask<child_counts>(supervisor, count_children_command{}); }
};

} // namespace

TEST_CASE("dynamic_supervisor: a crashed child restarts and learns the reason") {
  pool test;
  test.start(worker("a", test.book));
  test.tell("crash");
  REQUIRE(test.book.starts() == 2);
  CHECK_FALSE(test.book.causes[0].is_restart());
  CHECK(test.book.causes[1].crash == exit_info{exit_kind::crashed, "told to crash"});
  CHECK(test.world.events("process.crashed") == 1);
  CHECK(test.world.events("supervisor.restarted") == 1);
}

TEST_CASE("dynamic_supervisor: a transient child that ends normally is forgotten") {
  pool test;
  test.start(worker("a", test.book).restart_as(restart::transient));
  test.tell("stop");
  CHECK(test.book.starts() == 1);
  CHECK(test.book.given_up.empty());
  CHECK(test.counts() == child_counts{});
}

TEST_CASE("dynamic_supervisor: a temporary child that crashes is given up") {
  pool test;
  test.start(worker("a", test.book).restart_as(restart::temporary));
  test.tell("crash");
  CHECK(test.book.starts() == 1);
  REQUIRE(test.book.given_up.size() == 1);
  CHECK(test.book.given_up[0].text == "told to crash");
}

TEST_CASE("dynamic_supervisor: only the child that exceeds its own limit is given up") {
  pool test;
  diary other;
  test.start(worker("steady", other));
  test.start(worker("a", test.book).limit_to({2, 5s}));
  for (int i = 0; i < 3; ++i)
    test.tell("crash");
  CHECK(test.book.starts() == 3);
  CHECK(test.book.given_up.size() == 1);
  CHECK(test.counts().active == 1);
  CHECK(other.starts() == 1);
}

TEST_CASE("dynamic_supervisor: when the intensity is exceeded it stops its children and ends") {
  pool test;
  diary other;
  test.start(worker("steady", other));
  test.start(worker("a", test.book));
  for (int i = 0; i < 4; ++i)
    test.tell("crash");
  CHECK(test.book.starts() == 4);
  test.counts();
  CHECK(classify(test.world.error()).kind == exit_kind::noproc);
  CHECK(test.world.events("supervisor.child_terminated") == 5);
}

TEST_CASE("dynamic_supervisor: a restart exactly one period ago still counts, an earlier one does not") {
  for (auto [pause, lives] : {std::pair{5s, false}, std::pair{6s, true}}) {
    dynamic_supervisor_options once;
    once.intensity = {1, 5s};
    pool test{once};
    test.start(worker("a", test.book));
    test.tell("crash");
    test.world.advance(pause);
    test.tell("crash");
    CHECK((test.book.starts() == 3) == lives);
  }
}

TEST_CASE("dynamic_supervisor: a child above max_children is refused with that reason") {
  dynamic_supervisor_options small;
  small.max_children = 1;
  pool test{small};
  test.start(worker("a", test.book));
  diary refused;
  test.start(worker("b", refused));
  REQUIRE(refused.given_up.size() == 1);
  CHECK(refused.given_up[0].text == "max_children");
  test.world.ask<child_started>(test.supervisor, start_child_command{make_recipe(worker("c", refused))});
  CHECK(test.world.error() == make_error(supervisor_error::max_children));
}

TEST_CASE("dynamic_supervisor: a start that throws answers with the text of the exception") {
  pool test;
  auto hostile = child_spec{"x", [](auto*, auto&) -> start_result { throw std::runtime_error{"no disk"}; }};
  test.world.ask<child_started>(test.supervisor, start_child_command{make_recipe(std::move(hostile))});
  CHECK(classify(test.world.error()).text == "no disk");
  CHECK(test.counts() == child_counts{});
}

TEST_CASE("dynamic_supervisor: a terminated child does not restart") {
  pool test;
  test.start(worker("a", test.book));
  auto child = test.book.last();
  CHECK(test.world.demand(test.supervisor, terminate_child_command{child}));
  CHECK(test.counts() == child_counts{});
  CHECK(test.book.starts() == 1);
  CHECK_FALSE(test.world.demand(test.supervisor, terminate_child_command{child}));
  CHECK(test.world.error() == make_error(supervisor_error::not_found));
}

TEST_CASE("dynamic_supervisor: a child that ignores shutdown is killed after its shutdown time") {
  pool test;
  test.start(worker<stubborn_child>("a", test.book).shutdown_as(shutdown_policy::within(1s)));
  signal_exit(test.supervisor, exits::shutdown());
  test.world.advance(999ms);
  CHECK(test.world.events("supervisor.child_terminated") == 0);
  test.world.advance(1ms);
  CHECK(test.world.events("supervisor.child_terminated") == 1);
  test.counts();
  CHECK(classify(test.world.error()).kind == exit_kind::noproc);
}

TEST_CASE("dynamic_supervisor: ten thousand children crash one after another, and the counts stay right") {
  pool test;
  constexpr size_t many = 10'000;
  for (size_t i = 0; i < many; ++i)
    start_child(test.supervisor, worker("a", test.book).limit_to({3, 5s}));
  test.world.settle();
  REQUIRE(test.counts().active == many);
  for (size_t i = 0; i < many; ++i)
    caf::anon_send(test.book.actors[i], std::string{"crash"});
  test.world.settle();
  CHECK(test.book.starts() == 2 * many);
  CHECK(test.counts() == child_counts{many, many, 0, many});
}

TEST_CASE("dynamic_supervisor: which_children tells the state and the history of each child") {
  pool test;
  test.start(worker("a", test.book).limit_to({3, 5s}));
  test.world.advance(7s);
  test.tell("crash");
  auto children = test.world.ask<std::vector<child_info>>(test.supervisor, which_children_command{});
  REQUIRE(children.size() == 1);
  CHECK(children[0].id == "a");
  CHECK(children[0].actor == test.book.last());
  CHECK(children[0].state == child_state::running);
  CHECK(children[0].restarts == 1);
  CHECK(children[0].restarts_left == 2);
  CHECK(children[0].last_crash == "crashed: told to crash");
  CHECK(children[0].since == test.world.system().clock().now());
}

TEST_CASE("dynamic_supervisor: it is announced before whoever started it goes on") {
  virtual_system world;
  caf::actor announced;
  auto started = world.own(spawn_dynamic_supervisor(
    world.system(), {.announce = [&](const caf::actor& x) { announced = x; }})); // no message is handled yet
  CHECK(announced == started);
  world.settle();
  announced = nullptr;
}
