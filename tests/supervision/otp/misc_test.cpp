#include <caf/default_attachable.hpp>
#include <doctest/doctest.h>

#include "tests/supervision/otp/otp_case.hpp"
#include <bennu/supervision/registry.hpp>

using namespace bennu;
using namespace bennu::test;

TEST_CASE("otp: child_unlink: a child that unlinks is still monitored and stopped") {
  otp_case t;
  t.start(supervisor_spec{}.add(t.child("child1")));
  caf::anon_send(t.of("child1").last(), caf::unlink_atom::value, t.top->address());
  t.world.settle();
  t.crash("child1");
  CHECK(t.of("child1").starts() >= 2);
  t.stop();
  CHECK(t.of("child1").ends.size() == t.of("child1").starts());
  CHECK(t.top_end());
}

TEST_CASE("otp: child_unlink: a child that unlinks, removes its monitor as far as possible, and traps exits is waited "
          "for and killed") {
  for (bool pool : {false, true}) {
    otp_case t;
    auto spec = t.child<stubborn_child>("child1").shutdown_as(shutdown_policy::within(1000ms));
    if (pool) {
      t.start_pool();
      t.start_child(std::move(spec));
    } else {
      t.start(supervisor_spec{}.add(std::move(spec)));
    }
    auto child = t.of("child1").last();
    caf::anon_send(child, caf::unlink_atom::value, t.top->address());
    caf::actor_cast<caf::abstract_actor*>(child)->detach(caf::default_attachable::observe_token{
      t.top->address(), caf::default_attachable::monitor}); // the effect of CAF's demonitor
    t.world.settle();
    t.stop();
    CHECK_FALSE(t.top_end());
    t.world.advance(1000ms);
    CHECK(t.of("child1").last_end().kind == exit_kind::killed);
    CHECK(t.top_end());
  }
}

TEST_CASE("otp: tree: a nested supervisor has its counts and order, and its subtree is restarted with it") {
  otp_case t;
  auto inner = supervisor_spec{one_for_all}.intensity({0, 5s}).add(t.child("c")).add(t.child("d"));
  t.start(supervisor_spec{}.intensity({3, 5s}).add(t.child("a")).add(inner.supervised("inner")));
  CHECK(t.counts() == child_counts{2, 2, 1, 1});
  auto before = t.children()[0].actor;
  CHECK(t.which(before) == "d running, c running");
  t.take_log();
  t.crash("c"); // more than the inner supervisor allows
  CHECK(t.take_log() == names{"end c", "end d", "start c", "start d"});
  auto after = t.children()[0].actor;
  CHECK_FALSE(same(before, after));
  CHECK(t.counts(after) == child_counts{2, 2, 0, 2});
  CHECK(t.of("a").starts() == 1);
}

TEST_CASE("otp: simple_global_supervisor: a child that registers a name has the name again after a crash") {
  otp_case t;
  registry known;
  auto spec = t.child("child1");
  spec.start = [start = spec.start, known](caf::event_based_actor* parent, const start_cause& cause) mutable {
    auto result = start(parent, cause);
    auto refused = known.add("name", result.child());
    return refused ? start_result::failed(refused) : result;
  };
  t.start(supervisor_spec{}.add(std::move(spec)));
  for (int i = 0; i < 2; ++i) {
    CHECK(same(known.find("name"), t.of("child1").last()));
    if (i == 0)
      t.crash("child1");
  }
  CHECK(t.of("child1").starts() == 2);
}

TEST_CASE("otp: dies_during_its_start: an end before the acknowledgement is a failed start, whatever the reason") {
  otp_case t;
  t.start(supervisor_spec{});
  t.of("child1").next = act::hang;
  start_child(t.top, t.child("child1"));
  t.world.settle();
  CHECK(t.which() == "child1 starting");
  t.tell("child1", "stop");
  CHECK(t.which().empty());
  REQUIRE(t.of("child1").given_up.size() == 1);
  CHECK(t.of("child1").given_up[0] == exit_info{exit_kind::crashed, "ended during its start"});
}

TEST_CASE("otp: supervisor_killed_while_starting: its children end with it") {
  otp_case t;
  t.of("child2").next = act::hang;
  t.start(supervisor_spec{}.add(t.child("child1")).add(t.child("child2")));
  signal_exit(t.top, exits::kill());
  t.world.settle();
  CHECK(t.top_end()->kind == exit_kind::killed);
  CHECK(t.of("child1").ends.size() == 1);
  CHECK(t.of("child2").ends.size() == 1);
}

TEST_CASE("otp: exit_behind_a_full_mailbox: a stop overtakes the messages that wait") {
  otp_case t;
  t.start(supervisor_spec{}.add(t.child("child1")));
  for (int i = 0; i < 10'000; ++i)
    caf::anon_send(t.of("child1").last(), i);
  signal_exit(t.of("child1").last(), exits::shutdown());
  t.world.settle();
  CHECK(t.of("child1").starts() == 2);
  CHECK(t.world.events("process.unexpected") == 0);
}

TEST_CASE("otp: intensity_edges: a restart exactly one period ago still counts, an earlier one does not") {
  for (auto [pause, lives] : {std::pair{5000ms, false}, std::pair{5001ms, true}}) {
    otp_case t;
    t.start(supervisor_spec{}.intensity({1, 5s}).add(t.child("child1")));
    t.crash("child1");
    t.world.advance(pause);
    t.crash("child1");
    CHECK(t.top_end().has_value() != lives);
  }
}

TEST_CASE("otp: dynamic_supervisor_max_children: a start above the bound is refused") {
  otp_case t;
  dynamic_supervisor_options one;
  one.max_children = 1;
  t.start_pool(one);
  t.start_child(t.child("child1"));
  t.start_child(t.child("child2"));
  CHECK(t.refused(supervisor_error::max_children));
  t.terminate_child(t.of("child1").last());
  CHECK(t.start_child(t.child("child2")).actor);
}

TEST_CASE("otp: dynamic_supervisor_extra_arguments: every start receives them") {
  otp_case t;
  dynamic_supervisor_options options;
  options.extra_arguments = caf::make_message(std::string{"extra"});
  t.start_pool(options);
  t.start_child(t.child("child1"));
  t.crash("child1");
  REQUIRE(t.of("child1").causes.size() == 2);
  for (auto& x : t.of("child1").causes)
    CHECK(x.extra.get_as<std::string>(0) == "extra");
}

TEST_CASE(
  "otp: dynamic_supervisor_parallel_stop: children stop in parallel, with one deadline for each shutdown time") {
  otp_case t;
  t.start_pool();
  for (int i = 0; i < 100; ++i)
    t.start_child(
      t.child<stubborn_child>(i % 2 ? "slow" : "quick").shutdown_as(shutdown_policy::within(i % 2 ? 2000ms : 1000ms)));
  t.stop();
  t.world.advance(1000ms);
  CHECK(t.of("quick").ends.size() == 50);
  CHECK(t.of("slow").ends.empty());
  t.world.advance(1000ms);
  CHECK(t.of("slow").ends.size() == 50);
  CHECK(t.top_end());
}

TEST_CASE("otp: dynamic_supervisor_count_children: supervisors and workers are counted as they come and go") {
  otp_case t;
  t.start_pool();
  t.start_child(t.child("child1"));
  t.start_child(t.child("child2").as_supervisor());
  CHECK(t.counts() == child_counts{2, 2, 1, 1});
  t.terminate_child(t.of("child1").last());
  CHECK(t.counts() == child_counts{1, 1, 1, 0});
}
