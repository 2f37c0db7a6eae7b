#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <caf/scoped_actor.hpp>

#include "tests/supervision/otp/otp_case.hpp"
#include "tests/supervision/threaded_system.hpp"
#include <bennu/supervision/task_supervisor.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

/// A stream of tasks in virtual time, and its outcome.
struct stream_case {
  virtual_system world;
  task_supervisor tasks;
  caf::actor tree = world.own(supervisor_spec{}.add(tasks.supervised("tasks")).spawn(world.system()));
  std::optional<task_results> results;
  caf::error failure;
  caf::actor caller;

  template <class F>
  void run(std::vector<int> inputs, F f, async_stream_options options = {}) {
    auto ask = [this, inputs, f, options](caf::event_based_actor* self, caf::unit_t) -> caf::behavior {
      tasks.async_stream(self, inputs, f, options)
        .then([this](task_results& x) { results = std::move(x); }, [this](caf::error& x) { failure = std::move(x); });
      return {[](caf::unit_t) {}};
    };
    caller = world.own(world.system().spawn(ask, caf::unit));
  }

  child_counts counts() { return world.ask<child_counts>(tasks.supervisor(), count_children_command{}); }
};

} // namespace

TEST_CASE("otp: async_stream: results come in the order of the inputs") {
  stream_case test;
  test.run({1, 2, 3}, [](int x) { return x * x; }, {.max_concurrency = 2});
  REQUIRE(test.results);
  REQUIRE(test.results->size() == 3);
  CHECK(*test.results->at<int>(0) == 1);
  CHECK(*test.results->at<int>(1) == 4);
  CHECK(*test.results->at<int>(2) == 9);
  CHECK(test.counts() == child_counts{});
}

TEST_CASE("otp: async_stream: without inputs the result is an empty list") {
  stream_case test;
  test.run({}, [](int x) { return x; });
  REQUIRE(test.results);
  CHECK(test.results->size() == 0);
}

TEST_CASE("otp: async_stream: a task that crashes is an error among the results") {
  stream_case test;
  test.run({1, -1, 2}, [](int x) {
    if (x < 0)
      throw std::runtime_error{"negative"};
    return x;
  });
  REQUIRE(test.results);
  CHECK(*test.results->at<int>(0) == 1);
  REQUIRE_FALSE(test.results->at<int>(1));
  CHECK(classify(test.results->at<int>(1).error()) == exit_info{exit_kind::crashed, "negative"});
  CHECK(*test.results->at<int>(2) == 2);
}

TEST_CASE("otp: async_stream: a result of another type is an error") {
  stream_case test;
  test.run({1}, [](int) { return std::string{"text"}; });
  REQUIRE(test.results);
  CHECK(test.results->at<int>(0).error() == caf::sec::unexpected_message);
}

TEST_CASE("otp: async_stream: no more than max_concurrency tasks run at a time") {
  threaded_system world;
  task_supervisor tasks{{.detached = true}};
  auto tree = supervisor_spec{}.add(tasks.supervised("tasks")).start(world.system());
  caf::scoped_actor self{world.system()};
  auto running = std::make_shared<std::atomic<int>>(0);
  auto most = std::make_shared<std::atomic<int>>(0);
  std::vector<int> inputs(20, 1);
  auto work = [running, most](int x) {
    auto now = ++*running;
    for (auto seen = most->load(); seen < now && !most->compare_exchange_weak(seen, now);) {}
    --*running;
    return x;
  };
  auto sum = 0;
  tasks.async_stream(self, inputs, work, {.max_concurrency = 3})
    .receive(
      [&](const task_results& all) {
        for (size_t i = 0; i < all.size(); ++i)
          sum += *all.at<int>(i);
      },
      [](caf::error& why) { FAIL(to_string(classify(why))); });
  CHECK(sum == 20);
  CHECK(*most <= 3);
}

TEST_CASE("otp: async_stream: unordered, the result of the task that is done first comes first") {
  threaded_system world;
  task_supervisor tasks{{.detached = true}};
  auto tree = supervisor_spec{}.add(tasks.supervised("tasks")).start(world.system());
  caf::scoped_actor self{world.system()};
  auto second_done = std::make_shared<std::promise<void>>();
  auto wait = second_done->get_future().share();
  // The third input begins when one of the first two is done, which is the second: it lets the first go on.
  auto work = [second_done, wait](int x) {
    if (x == 1)
      wait.wait();
    if (x == 3)
      second_done->set_value();
    return x;
  };
  tasks.async_stream(self, std::vector<int>{1, 2, 3}, work, {.max_concurrency = 2, .is_ordered = false})
    .receive([](const task_results& all) { CHECK(*all.at<int>(0) == 2); },
             [](caf::error& why) { FAIL(to_string(classify(why))); });
}

TEST_CASE("otp: async_stream: a late task fails the stream, or is killed and the stream goes on") {
  for (auto when_late : {on_timeout::exit, on_timeout::kill_task}) {
    threaded_system world;
    task_supervisor tasks{{.detached = true}};
    auto tree = supervisor_spec{}.add(tasks.supervised("tasks")).start(world.system());
    caf::scoped_actor self{world.system()};
    auto open = std::make_shared<std::promise<void>>();
    auto gate = open->get_future().share();
    auto work = [gate](int x) {
      if (x == 2)
        gate.wait();
      return x;
    };
    tasks
      .async_stream(self, std::vector<int>{2, 3}, work, {.max_concurrency = 1, .timeout = 1s, .when_late = when_late})
      .receive(
        [&](const task_results& all) {
          CHECK(when_late == on_timeout::kill_task);
          CHECK(all.at<int>(0).error() == caf::sec::request_timeout);
          CHECK(*all.at<int>(1) == 3);
        },
        [&](caf::error& why) {
          CHECK(when_late == on_timeout::exit);
          CHECK(why == caf::sec::request_timeout);
        });
    open->set_value();
  }
}

TEST_CASE("otp: async_stream: the tasks end with their caller") {
  stream_case test;
  auto runs = std::make_shared<int>(0);
  auto caller = [&](caf::event_based_actor* self, caf::unit_t) -> caf::behavior {
    test.tasks.async_stream(self, std::vector<int>{1, 2}, [runs](int) { ++*runs; }).then([](task_results&) {});
    self->quit(exits::crash("the caller"));
    return {};
  };
  test.world.own(test.world.system().spawn(caller, caf::unit));
  CHECK(*runs == 0);
  CHECK(test.counts() == child_counts{});
}
