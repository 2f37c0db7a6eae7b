#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>

#include <caf/send.hpp>
#include <doctest/doctest.h>

#include "tests/supervision/otp/otp_case.hpp"
#include "tests/supervision/threaded_system.hpp"
#include <bennu/supervision/registry.hpp>

using namespace bennu;
using namespace bennu::test;

// Cases that OTP does not need, because Erlang can stop any process, and exceptions never leave a process.

namespace {

/// Its handler does not return until the test allows it.
class blocked_child : public test_child {
public:
  blocked_child(caf::actor_config& cfg, std::shared_future<void> gate, std::shared_ptr<std::promise<void>> entered)
    : test_child(cfg), gate_(std::move(gate)), entered_(std::move(entered)) {}

protected:
  caf::behavior make_behavior() override {
    return {[this](int) {
      entered_->set_value();
      gate_.wait();
    }};
  }

private:
  std::shared_future<void> gate_;
  std::shared_ptr<std::promise<void>> entered_; // without it an early exit signal would overtake the message
};

class throws_when_made : public test_child {
public:
  explicit throws_when_made(caf::actor_config& cfg) : test_child(cfg) { throw std::runtime_error{"no disk"}; }
};

class throws_at_its_start : public test_child {
public:
  using test_child::test_child;

protected:
  caf::behavior make_behavior() override { throw std::runtime_error{"no network"}; }
};

class throws_at_its_end : public test_child {
public:
  using test_child::test_child;
  void on_exit() override { throw std::runtime_error{"no goodbye"}; }
};

} // namespace

TEST_CASE("otp: blocked_child: a child whose handler does not return is reported and replaced without a wait") {
  threaded_system world;
  std::promise<void> open;
  auto gate = open.get_future().share();
  auto entered = std::make_shared<std::promise<void>>();
  auto starts = std::make_shared<std::atomic<int>>(0);
  auto reached = world.event("supervisor.zombie", "id", "blocked");
  child_spec blocked{"blocked",
                     [gate, starts, entered](caf::event_based_actor* parent, const start_cause&) -> start_result {
                       caf::actor child = parent->spawn<blocked_child, caf::detached>(gate, entered);
                       if (++*starts == 1)
                         caf::anon_send(child, 1);
                       return child;
                     }};
  diary other;
  auto up = world.event("supervisor.child_started", "id", "other");
  auto tree = supervisor_spec{one_for_all}
                .add(std::move(blocked).shutdown_as(shutdown_policy::within(10ms)))
                .add(worker("other", other))
                .start(world.system());
  up.wait();
  entered->get_future().wait();
  auto again = world.event("supervisor.restarted", "id", "other");
  caf::anon_send(other.last(), std::string{"crash"});
  again.wait();
  auto meanwhile = world.ask<child_counts>(tree.root(), count_children_command{});
  CHECK(meanwhile.specs == 2); // it answers while it waits for the blocked child
  CHECK(reached.get() == "blocked");
  std::vector<child_info> now;
  do // the two restart one after the other
    now = world.ask<std::vector<child_info>>(tree.root(), which_children_command{});
  while (now.size() != 2 || now[0].state != child_state::running || now[1].state != child_state::running);
  CHECK(*starts == 2);
  open.set_value();
}

TEST_CASE(
  "otp: throwing_constructor: a child whose constructor throws is a failed start with the text of the exception") {
  otp_case t;
  t.start(supervisor_spec{}.add(t.child<throws_when_made>("child1")));
  REQUIRE(t.top_end());
  CHECK(t.top_end()->kind == exit_kind::shutdown);
  CHECK(t.top_end()->text.find("failed_to_start_child child1") != std::string::npos);
  CHECK(t.top_end()->text.find("no disk") != std::string::npos);
}

TEST_CASE(
  "otp: throwing_constructor: a child whose constructor throws again is retried until the intensity is exceeded") {
  otp_case t;
  auto broken = std::make_shared<bool>(false);
  auto made = std::make_shared<std::vector<caf::actor>>();
  t.start(supervisor_spec{}.intensity({3, 5s}).add(
    child_spec{"child1", [=](caf::event_based_actor* parent, const start_cause&) -> start_result {
                 if (*broken)
                   return caf::actor{parent->spawn<throws_when_made>()};
                 made->push_back(parent->spawn<test_child>());
                 return made->back();
               }}));
  *broken = true;
  caf::anon_send(made->back(), std::string{"crash"});
  made->clear();
  t.world.settle();
  CHECK(t.world.events("supervisor.start_failed") == 3);
  REQUIRE(t.top_end());
  CHECK(t.top_end()->text == "reached_max_restart_intensity");
}

TEST_CASE("otp: throwing_init: a child whose first behavior throws has crashed, and restarts") {
  otp_case t;
  t.start(supervisor_spec{}.intensity({2, 5s}).add(t.child<throws_at_its_start>("child1")));
  CHECK(t.of("child1").starts() == 3);
  for (auto& end : t.of("child1").ends)
    CHECK(end == exit_info{exit_kind::crashed, "no network"});
  REQUIRE(t.top_end());
  CHECK(t.top_end()->text == "reached_max_restart_intensity");
}

TEST_CASE("otp: throwing_on_exit: a child that throws when it ends counts as ended, is reported, and restarts") {
  otp_case t;
  t.start(supervisor_spec{}.add(t.child<throws_at_its_end>("child1")));
  t.tell("child1", "stop");
  CHECK(t.of("child1").starts() == 2);
  CHECK(t.world.events("process.crashed")
        > 0); // CAF calls on_exit twice when it throws, outside and within its own handler
  CHECK_FALSE(t.top_end());
  t.stop();
  CHECK(t.top_end() == exit_info{exit_kind::shutdown, ""});
}

TEST_CASE("otp: name_registered_again: the late end of an earlier actor does not remove the name of its successor") {
  otp_case t;
  registry table{registry_keys::unique};
  t.start(supervisor_spec{}.intensity({10, 5s}).add(table.naming("the one", t.child<stubborn_child>("child1"))));
  for (int i = 0; i < 5; ++i) {
    const auto former = t.of("child1").last();
    CHECK(table.find("the one") == former);
    t.crash("child1");
    REQUIRE(same(table.find("the one"), t.of("child1").last()));
    CHECK_FALSE(same(former, t.of("child1").last()));
    CHECK(table.count() == 1);
  }
}

TEST_CASE("otp: ten_thousand_children: a pool starts, counts, crashes and stops them") {
  otp_case t;
  dynamic_supervisor_options options;
  options.intensity = {100, 5s};
  t.start_pool(options);
  auto ended = std::make_shared<int>(0);
  auto made = std::make_shared<std::vector<caf::actor>>();
  auto recipe = make_recipe(child_spec{"one", [=](caf::event_based_actor* parent, const start_cause&) -> start_result {
                                         caf::actor child = parent->spawn<test_child>();
                                         child->attach_functor([ended](const caf::error&) { ++*ended; });
                                         made->push_back(child);
                                         return child;
                                       }});
  for (int i = 0; i < 10'000; ++i)
    caf::anon_send(t.top, start_child_command{recipe});
  t.world.settle();
  CHECK(t.counts() == child_counts{10'000, 10'000, 0, 10'000});
  for (size_t i = 0; i < 100; ++i)
    caf::anon_send((*made)[i * 100], std::string{"crash"});
  t.world.settle();
  CHECK(t.counts() == child_counts{10'000, 10'000, 0, 10'000});
  CHECK(made->size() == 10'100);
  made->clear();
  t.stop();
  CHECK(*ended == 10'100);
  CHECK(t.top_end() == exit_info{exit_kind::shutdown, ""});
}
