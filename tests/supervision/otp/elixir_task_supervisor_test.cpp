#include <doctest/doctest.h>

#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "supervision/process/crash_report.hpp"
#include "tests/supervision/test_child.hpp"
#include "tests/supervision/threaded_system.hpp"
#include "tests/supervision/virtual_system.hpp"
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>
#include <bennu/supervision/supervisor_error.hpp>
#include <bennu/supervision/task_supervisor.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

/// The outcome of a task, as its caller receives it.
struct outcome {
  int value = 0;
  exit_info failure;
  bool caller_lives = false;
};

/// A task supervisor in its own tree, in virtual time.
struct tasks_case {
  virtual_system world;
  task_supervisor tasks;
  caf::actor tree;

  explicit tasks_case(task_supervisor_options options = {})
    : tasks(std::move(options)),
      tree(world.own(supervisor_spec{}.add(tasks.supervised("tasks")).spawn(world.system()))) {}

  /// A caller that waits for messages after its request, so that it ends only when the test ends it.
  template <class F>
  caf::actor call(bool linked, outcome& into, F f) {
    auto caller = [this, linked, &into, f](caf::event_based_actor* self, caf::unit_t) -> caf::behavior {
      auto told = [&into](int x) { into.value = x; };
      auto failed = [&into](caf::error& why) { into.failure = classify(why); };
      if (linked)
        tasks.async(self, f).then(told, failed);
      else
        tasks.async_nolink(self, f).then(told, failed);
      return {[](caf::unit_t) {}};
    };
    return world.own(world.system().spawn(caller, caf::unit));
  }

  template <class F>
  outcome run(bool linked, F f) {
    outcome result;
    auto caller = call(linked, result, std::move(f));
    result.caller_lives = is_alive(caller);
    return result;
  }

  child_counts counts() { return world.ask<child_counts>(tasks.supervisor(), count_children_command{}); }
};

/// Detached tasks in a tree on real threads.
struct detached_tasks {
  threaded_system world;
  task_supervisor tasks{on_threads()};
  std::future<std::string> started = world.event("supervisor.child_started", "id", "tasks");
  supervision_tree tree = supervisor_spec{}.add(tasks.supervised("tasks")).start(world.system());

  detached_tasks() { started.wait(); }

  static task_supervisor_options on_threads() {
    task_supervisor_options result;
    result.detached = true;
    return result;
  }
};

int boom() {
  throw std::runtime_error{"boom"};
}

} // namespace

TEST_CASE("otp: task_supervisor async gives the task's value") {
  tasks_case test;
  auto x = test.run(true, [] { return 42; });
  CHECK(x.value == 42);
  CHECK(x.caller_lives);
  CHECK(test.counts() == child_counts{});
}

TEST_CASE("otp: task_supervisor async: a crash reaches the caller as an error value, then by the link") {
  tasks_case test;
  auto x = test.run(true, boom);
  CHECK(x.failure == exit_info{exit_kind::crashed, "boom"});
  CHECK_FALSE(x.caller_lives);
  CHECK(test.world.events("process.crashed") == 1);
}

TEST_CASE("otp: task_supervisor async_nolink: a crash is an error value and does not end the caller") {
  tasks_case test;
  auto x = test.run(false, boom);
  CHECK(x.failure == exit_info{exit_kind::crashed, "boom"});
  CHECK(x.caller_lives);
  CHECK(test.counts() == child_counts{}); // temporary: not run again
  CHECK(test.world.events("supervisor.restarted") == 0);
}

TEST_CASE("otp: task_supervisor: an error that a task returns is a value, and no crash") {
  tasks_case test;
  auto x = test.run(true, []() -> caf::expected<int> { return exits::crash("not found"); });
  CHECK(x.failure.text == "not found");
  CHECK(x.caller_lives);
  CHECK(test.world.events("process.crashed") == 0);
}

TEST_CASE("otp: task_supervisor start_child runs a task once, and discards its result") {
  tasks_case test;
  auto runs = 0;
  test.tasks.start_child([&] { ++runs; });
  test.world.settle();
  CHECK(runs == 1);
  auto crashes = 0;
  test.tasks.start_child([&] {
    ++crashes;
    throw std::runtime_error{"boom"};
  });
  test.world.settle();
  CHECK(crashes == 1);
  CHECK(test.counts() == child_counts{});
}

TEST_CASE("otp: task_supervisor start_child: a transient task is run again until it finishes") {
  tasks_case test;
  auto runs = 0;
  auto third_time_lucky = [&] {
    if (++runs < 3)
      throw std::runtime_error{"boom"};
  };
  test.tasks.start_child(third_time_lucky, "lucky", restart::transient);
  test.world.settle();
  CHECK(runs == 3);
  CHECK(test.world.events("supervisor.restarted") == 2);
  CHECK(test.counts() == child_counts{});
}

TEST_CASE("otp: task_supervisor refuses a task beyond max_children") {
  task_supervisor_options none;
  none.max_children = 0;
  tasks_case test{none};
  auto x = test.run(false, [] { return 1; });
  CHECK(x.failure == exit_info{exit_kind::crashed, "max_children"});
}

TEST_CASE("otp: task_supervisor: without a running supervisor a task does not run, and its caller is told") {
  tasks_case test;
  signal_exit(test.tree, exits::shutdown());
  test.world.settle();
  auto runs = 0;
  auto x = test.run(false, [&] { return ++runs; });
  CHECK(x.failure == exit_info{exit_kind::crashed, "no task supervisor"});
  test.tasks.start_child([&] { ++runs; });
  test.world.settle();
  CHECK(runs == 0);
}

TEST_CASE("otp: task_supervisor: its children are temporary workers, and are listed") {
  detached_tasks test;
  std::promise<void> reached;
  std::promise<void> open;
  test.tasks.start_child(
    [&reached, opened = open.get_future().share()] { // its own copy: the test may be over before it wakes
      reached.set_value();
      opened.wait();
    },
    "long");
  reached.get_future().wait();
  auto children = test.world.ask<std::vector<child_info>>(test.tasks.supervisor(), which_children_command{});
  REQUIRE(children.size() == 1);
  CHECK(children[0].id == "long");
  CHECK(children[0].restart_type == restart::temporary);
  CHECK(children[0].type == child_type::worker);
  open.set_value();
}

TEST_CASE("otp: task_supervisor: when it stops, it waits for running tasks and begins no other") {
  detached_tasks test;
  caf::scoped_actor self{test.world.system()};
  std::promise<void> reached;
  std::promise<void> open;
  auto running = test.tasks.async_nolink(self, [&reached, opened = open.get_future().share()] {
    reached.set_value();
    opened.wait();
    return 7;
  });
  reached.get_future().wait();
  auto pool = test.tasks.supervisor();
  signal_exit(pool, exits::shutdown(), test.tree.root().address()); // as its parent does
  auto later = test.tasks.async_nolink(self, [] { return 8; });
  later.receive([](int) { FAIL("it ran"); }, [](caf::error& why) { CHECK(classify(why).text == "shutting_down"); });
  open.set_value();
  test.tree.stop();
  running.receive([](int x) { CHECK(x == 7); }, [](caf::error&) { FAIL("an error"); });
}

TEST_CASE("otp: task_supervisor: a linked task whose caller failed is not begun") {
  tasks_case test;
  auto runs = 0;
  auto caller = [&](caf::event_based_actor* self, caf::unit_t) -> caf::behavior {
    auto answer = test.tasks.async(self, [&] { return ++runs; });
    answer.then([](int) {}, [](caf::error&) {});
    self->quit(exits::crash("caller"));
    return {};
  };
  test.world.own(test.world.system().spawn(caller, caf::unit));
  CHECK(test.counts() == child_counts{});
  CHECK(runs == 0);
}

TEST_CASE("otp: task_supervisor: a detached task blocks only its own thread") {
  detached_tasks test;
  caf::scoped_actor self{test.world.system()};
  std::promise<int> last;
  auto passed_on = last.get_future().share();
  constexpr auto many = 8; // more than the system has threads: all wait for the last
  using answer = decltype(test.tasks.async_nolink(self, [] { return 1; }));
  std::vector<answer> answers;
  for (auto i = 0; i < many; ++i)
    answers.push_back(test.tasks.async_nolink(self, [passed_on] { return passed_on.get(); }));
  auto opener = test.tasks.async_nolink(self, [&] { last.set_value(7); });
  opener.receive([] {}, [](caf::error&) { FAIL("an error"); });
  auto sum = 0;
  for (auto& x : answers)
    x.receive([&](int value) { sum += value; }, [](caf::error& why) { FAIL(to_string(why)); });
  CHECK(sum == many * 7);
}

TEST_CASE("otp: task_supervisor: a caller with a timeout is told when it has passed") {
  detached_tasks test;
  caf::scoped_actor self{test.world.system()};
  std::promise<void> open;
  test.tasks
    .async_nolink(
      self, [opened = open.get_future().share()] { opened.wait(); }, "slow", caf::duration{20ms})
    .receive([] { FAIL("in time"); }, [](caf::error& why) { CHECK(why == caf::sec::request_timeout); });
  open.set_value();
}

TEST_CASE("otp: task_supervisor: start_child returns the actor of the task") {
  tasks_case test;
  auto runs = 0;
  child_started started;
  auto caller = [&](caf::event_based_actor* self, caf::unit_t) -> caf::behavior {
    test.tasks.start_child(self, [&] { ++runs; }).then([&](child_started& x) { started = std::move(x); });
    return {[](caf::unit_t) {}};
  };
  test.world.own(test.world.system().spawn(caller, caf::unit));
  CHECK(started.actor);
  CHECK(runs == 1);
}

TEST_CASE(
  "otp: task_supervisor: start_child beyond max_children answers max_children, or is reported when nobody asked") {
  task_supervisor_options none;
  none.max_children = 0;
  tasks_case test{none};
  caf::error why;
  auto caller = [&](caf::event_based_actor* self, caf::unit_t) -> caf::behavior {
    test.tasks
      .start_child(
        self, [] {}, "one")
      .then([](child_started&) {}, [&](caf::error& x) { why = std::move(x); });
    return {[](caf::unit_t) {}};
  };
  test.world.own(test.world.system().spawn(caller, caf::unit));
  CHECK(why == make_error(supervisor_error::max_children));
  CHECK(test.world.events("supervisor.start_refused") == 0);
  test.tasks.start_child([] {}, "two");
  test.world.settle();
  CHECK(test.world.events("supervisor.start_refused") == 1);
}

TEST_CASE("otp: task_supervisor: start_child without a running supervisor is an error") {
  threaded_system world;
  task_supervisor tasks;
  caf::scoped_actor self{world.system()};
  tasks.start_child(self, [] {})
    .receive([](const child_started&) { FAIL("it started"); },
             [](caf::error& why) { CHECK(classify(why).text == "no task supervisor"); });
}
