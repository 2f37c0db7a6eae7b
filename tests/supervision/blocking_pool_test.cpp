#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <stdexcept>
#include <vector>

#include <caf/send.hpp>

#include "tests/supervision/threaded_system.hpp"
#include <bennu/supervision/blocking_pool.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

blocking_pool_options of_one_thread() {
  blocking_pool_options result;
  result.threads = 1;
  return result;
}

/// A pool in its own tree.
struct fixture {
  threaded_system world;
  std::future<std::string> started = world.event("supervisor.child_started", "id");
  blocking_pool pool;
  supervision_tree tree;

  explicit fixture(blocking_pool_options options = {})
    : pool(std::move(options)), tree(supervisor_spec{}.add(pool.supervised("pool")).start(world.system())) {
    started.wait(); // a tree starts its children after `start` has returned
  }

  template <class Answer, class F>
  Answer run(F f) {
    return world.ask<Answer>(pool.handle(), make_blocking_job(std::move(f)));
  }
};

/// Blocks a job: `reached` is set when the job waits, `open` lets it continue.
struct gate {
  std::promise<void> reached;
  std::promise<void> open;

  blocking_job job() {
    return make_blocking_job(
      [this, opened = open.get_future().share()] {
        reached.set_value();
        opened.wait();
        return 1;
      },
      "gate");
  }
};

} // namespace

TEST_CASE("blocking_pool: the value of a job is the answer") {
  fixture test;
  CHECK(test.run<int>([] { return 42; }) == 42);
  CHECK(test.run<std::string>([] { return std::string{"text"}; }) == "text");
}

TEST_CASE("blocking_pool: a job without a value answers when it is done") {
  fixture test;
  auto done = false;
  caf::scoped_actor self{test.world.system()};
  self->request(test.pool.handle(), 10s, make_blocking_job([&done] { done = true; }))
    .receive([&] { CHECK(done); }, [](caf::error&) { FAIL("an error"); });
}

TEST_CASE("blocking_pool: an error that a job returns is the answer") {
  fixture test;
  test.run<int>([]() -> caf::expected<int> { return caf::make_error(caf::sec::invalid_argument); });
  CHECK(test.world.error() == caf::sec::invalid_argument);
  CHECK(test.run<int>([]() -> caf::expected<int> { return 3; }) == 3);
}

TEST_CASE("blocking_pool: a job that throws reaches its caller as a crash, and the thread continues") {
  fixture test{of_one_thread()};
  auto crash = test.world.event("blocking_pool.crashed", "text");
  test.run<int>([]() -> int { throw std::runtime_error{"no disk"}; });
  CHECK(classify(test.world.error()) == exit_info{exit_kind::crashed, "no disk"});
  CHECK(crash.get() == "no disk");
  CHECK(test.run<int>([] { return 1; }) == 1);
}

TEST_CASE("blocking_pool: jobs run in parallel, on as many threads as the pool has") {
  blocking_pool_options two;
  two.threads = 2;
  fixture test{two};
  gate first;
  gate second;
  caf::scoped_actor self{test.world.system()};
  auto a = self->request(test.pool.handle(), 10s, first.job());
  auto b = self->request(test.pool.handle(), 10s, second.job());
  first.reached.get_future().wait();
  second.reached.get_future().wait(); // both run now
  second.open.set_value();
  first.open.set_value();
  auto count = 0;
  a.receive([&](int x) { count += x; }, [](caf::error&) {});
  b.receive([&](int x) { count += x; }, [](caf::error&) {});
  CHECK(count == 2);
}

TEST_CASE("blocking_pool: its threads start when there is work for them") {
  auto threads = [] { return std::ranges::distance(std::filesystem::directory_iterator{"/proc/self/task"}); };
  auto before = threads();
  fixture test{{.threads = 1'000}};
  CHECK(test.run<int>([] { return 1; }) == 1);
  CHECK(threads() < before + 100); // the actor system has a few of its own
}

TEST_CASE("blocking_pool: a job above the bound is refused immediately as busy") {
  auto options = of_one_thread();
  options.max_queued = 1;
  fixture test{options};
  gate running;
  caf::scoped_actor self{test.world.system()};
  auto first = self->request(test.pool.handle(), 10s, running.job());
  running.reached.get_future().wait();
  auto second = self->request(test.pool.handle(), 10s, make_blocking_job([] { return 2; }));
  test.run<int>([] { return 3; });
  CHECK(test.world.error() == make_error(blocking_error::busy));
  running.open.set_value();
  first.receive([](int x) { CHECK(x == 1); }, [](caf::error&) { FAIL("an error"); });
  second.receive([](int x) { CHECK(x == 2); }, [](caf::error&) { FAIL("an error"); });
  CHECK(test.run<int>([] { return 3; }) == 3);
}

TEST_CASE("blocking_pool: a stuck job is answered and reported, and another thread replaces its thread") {
  auto options = of_one_thread();
  options.max_job_time = 20ms;
  fixture test{options};
  auto report = test.world.event("blocking_pool.left_behind", "job");
  gate stuck;
  test.world.ask<int>(test.pool.handle(), stuck.job());
  CHECK(test.world.error() == make_error(blocking_error::stuck));
  CHECK(report.get() == "gate");
  CHECK(test.run<int>([] { return 2; }) == 2);
  stuck.open.set_value();
  CHECK(test.run<int>([] { return 3; }) == 3);
}

TEST_CASE("blocking_pool: beyond max_left_behind no stuck thread is replaced, until one returns") {
  auto options = of_one_thread();
  options.max_job_time = 20ms;
  options.max_left_behind = 0;
  options.max_queued = 0;
  fixture test{options};
  gate stuck;
  test.world.ask<int>(test.pool.handle(), stuck.job());
  CHECK(test.world.error() == make_error(blocking_error::stuck));
  caf::scoped_actor self{test.world.system()};
  auto next = self->request(test.pool.handle(), 10s, make_blocking_job([] { return 2; })); // waits for the only thread
  test.run<int>([] { return 3; });
  CHECK(test.world.error() == make_error(blocking_error::busy));
  stuck.open.set_value();
  next.receive([](int x) { CHECK(x == 2); }, [](caf::error&) { FAIL("an error"); });
}

TEST_CASE("blocking_pool: when it is told to stop, it finishes running jobs and refuses waiting ones") {
  fixture test{of_one_thread()};
  gate running;
  caf::scoped_actor self{test.world.system()};
  auto pool = test.pool.handle();
  auto first = self->request(pool, 10s, running.job());
  running.reached.get_future().wait();
  auto second = self->request(pool, 10s, make_blocking_job([] { return 2; }));
  signal_exit(test.tree.root(), exits::shutdown());
  second.receive([](int) { FAIL("it ran"); },
                 [](caf::error& x) { CHECK(x == make_error(blocking_error::shutting_down)); });
  running.open.set_value();
  first.receive([](int x) { CHECK(x == 1); }, [](caf::error&) { FAIL("an error"); });
  test.tree.stop();
}

TEST_CASE("blocking_pool: a job that never returns does not delay the end of the tree for ever") {
  auto options = of_one_thread();
  options.shutdown_time = 20ms;
  fixture test{options};
  auto report = test.world.event("blocking_pool.left_behind", "job");
  auto stuck = std::make_shared<gate>(); // nothing else owns what the thread uses
  caf::scoped_actor self{test.world.system()};
  auto answer = self->request(test.pool.handle(), 10s, make_blocking_job([stuck] { return stuck->job().work(); }, "x"));
  stuck->reached.get_future().wait();
  test.tree.stop();
  CHECK(report.get() == "x");
  answer.receive([](int) { FAIL("it ended"); },
                 [](caf::error& x) { CHECK(x == make_error(blocking_error::shutting_down)); });
  CHECK_FALSE(test.pool.handle());
  stuck->open.set_value();
}

TEST_CASE("blocking_pool: a killed pool answers its callers and restarts") {
  fixture test{of_one_thread()};
  gate running;
  caf::scoped_actor self{test.world.system()};
  auto answer = self->request(test.pool.handle(), 10s, running.job());
  running.reached.get_future().wait();
  auto started = test.world.event("supervisor.child_started", "id");
  signal_exit(test.pool.handle(), exits::kill());
  answer.receive([](int) { FAIL("it ended"); },
                 [](caf::error& x) { CHECK(x == make_error(blocking_error::shutting_down)); });
  CHECK(started.get() == "pool");
  CHECK(test.run<int>([] { return 2; }) == 2);
  running.open.set_value();
}

TEST_CASE("blocking_pool: a job in an ordinary message is run without an answer") {
  fixture test;
  std::promise<int> ran;
  caf::anon_send(test.pool.handle(), make_blocking_job([&] { ran.set_value(7); }));
  CHECK(ran.get_future().get() == 7);
}

TEST_CASE("blocking_pool: each of many jobs runs once and is answered once") {
  fixture test;
  std::atomic<int> runs{0};
  caf::scoped_actor self{test.world.system()};
  constexpr auto many = 1'000;
  for (auto i = 0; i < many; ++i)
    self->send(test.pool.handle(), make_blocking_job([&] { ++runs; }));
  std::vector<int> answers;
  for (auto i = 0; i < many; ++i)
    answers.push_back(test.run<int>([&, i] { return ++runs, i; }));
  CHECK(runs == 2 * many);
  CHECK(std::is_sorted(answers.begin(), answers.end()));
}

TEST_CASE("blocking_pool: a pool without threads is refused") {
  blocking_pool_options none;
  none.threads = 0;
  CHECK_THROWS_WITH(blocking_pool{none}, "a blocking pool needs one thread or more");
}
