#include <doctest/doctest.h>

#include "tests/supervision/otp/otp_case.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

const restart_limit twice_an_hour{2, 3600s};

supervisor_spec empty(strategy how = one_for_one) {
  return supervisor_spec{how}.intensity(twice_an_hour);
}

} // namespace

TEST_CASE("otp: sup_start_normal: an empty supervisor starts, and stops with shutdown") {
  otp_case t;
  t.start(empty());
  CHECK(t.counts() == child_counts{});
  t.stop();
  CHECK(t.top_end() == exit_info{exit_kind::shutdown, ""});
}

TEST_CASE("otp: sup_start_ignore_init: a supervisor whose start is ignored is no child, and nothing exits") {
  otp_case t;
  t.of("inner").next = act::ignore;
  t.start(empty().add(t.child("inner").as_supervisor()));
  CHECK(t.which() == "inner undefined");
  CHECK(t.counts() == child_counts{1, 0, 1, 0});
  CHECK_FALSE(t.top_end());
  CHECK(t.world.events("supervisor.start_failed") == 0);
}

TEST_CASE("otp: sup_start_ignore_child: an ignored child is kept as undefined and counted") {
  otp_case t;
  t.start(empty());
  t.of("child1").next = act::ignore;
  CHECK_FALSE(t.start_child(t.child("child1")).actor);
  CHECK_FALSE(t.world.error());
  auto child2 = t.start_child(t.child("child2")).actor;
  CHECK(same(child2, t.of("child2").last()));
  CHECK(t.which() == "child2 running, child1 undefined");
  CHECK(t.counts() == child_counts{2, 1, 0, 2});
}

TEST_CASE("otp: sup_start_ignore_temporary_child: an ignored temporary child of the initial children is not kept") {
  otp_case t;
  t.of("child1").next = act::ignore;
  t.start(empty()
            .add(t.child("child1").restart_as(restart::temporary))
            .add(t.child("child2").restart_as(restart::temporary)));
  CHECK(t.which() == "child2 running");
  CHECK(t.counts() == child_counts{1, 1, 0, 1});
}

TEST_CASE(
  "otp: sup_start_ignore_temporary_child_start_child: an ignored temporary child that start_child adds is not kept") {
  otp_case t;
  t.start(empty());
  t.of("child1").next = act::ignore;
  CHECK_FALSE(t.start_child(t.child("child1").restart_as(restart::temporary)).actor);
  CHECK_FALSE(t.world.error());
  CHECK(t.start_child(t.child("child2").restart_as(restart::temporary)).actor);
  CHECK(t.which() == "child2 running");
  CHECK(t.counts() == child_counts{1, 1, 0, 1});
}

TEST_CASE(
  "otp: sup_start_ignore_temporary_child_start_child_simple: an ignored temporary child of a pool is not kept") {
  otp_case t;
  t.start_pool();
  t.of("child1").next = act::ignore;
  CHECK_FALSE(t.start_child(t.child("child1").restart_as(restart::temporary)).actor);
  CHECK_FALSE(t.world.error());
  t.start_child(t.child("child2").restart_as(restart::temporary));
  CHECK(t.which() == "child2 running");
  CHECK(t.counts() == child_counts{1, 1, 0, 1});
}

TEST_CASE("otp: sup_start_ignore_permanent_child_start_child_simple: a pool keeps no ignored child and ends cleanly") {
  otp_case t;
  t.start_pool();
  t.of("child1").next = act::ignore;
  CHECK_FALSE(t.start_child(t.child("child1")).actor);
  t.start_child(t.child("child2"));
  CHECK(t.which() == "child2 running");
  CHECK(t.counts() == child_counts{1, 1, 0, 1});
  t.stop();
  CHECK(t.top_end() == exit_info{exit_kind::shutdown, ""});
}

TEST_CASE("otp: sup_start_error_return: a start function that returns nothing is an error, and the supervisor ends") {
  otp_case t;
  t.of("child1").next = act::give_nothing;
  t.start(empty().add(t.child("child1")));
  REQUIRE(t.top_end());
  CHECK(*t.top_end()
        == exit_info{exit_kind::shutdown, "failed_to_start_child child1: crashed: the start function gave no actor"});
}

TEST_CASE("otp: sup_start_fail: a start function that throws is an error, and the supervisor ends") {
  otp_case t;
  t.of("child2").next = act::raise;
  t.start(empty().add(t.child("child1")).add(t.child("child2")).add(t.child("child3")));
  REQUIRE(t.top_end());
  CHECK(*t.top_end() == exit_info{exit_kind::shutdown, "failed_to_start_child child2: crashed: told to raise"});
  CHECK(t.take_log() == names{"start child1", "end child1"});
}

TEST_CASE(
  "otp: sup_start_restart_child_returns_error: restart_child returns the error, and the child stays undefined") {
  otp_case t;
  t.start(empty().add(t.child("child1")));
  CHECK(t.terminate_child("child1"));
  t.of("child1").next = act::fail;
  t.restart_child("child1");
  CHECK(t.refusal() == "told to fail");
  CHECK(t.which() == "child1 undefined");
  t.of("child1").next = act::run;
  auto again = t.restart_child("child1").actor;
  CHECK(same(again, t.of("child1").last()));
  CHECK(t.world.events("supervisor.restarted") == 0);
}

TEST_CASE("otp: sup_start_child_returns_error: start_child returns the error and keeps no spec") {
  for (auto type : {restart::permanent, restart::transient, restart::temporary}) {
    otp_case t;
    t.start(empty());
    t.of("child1").next = act::fail;
    t.start_child(t.child("child1").restart_as(type));
    CHECK(t.refusal() == "told to fail");
    CHECK(t.which().empty());
    t.of("child1").next = act::run;
    CHECK(t.start_child(t.child("child1").restart_as(type)).actor);
  }
}

TEST_CASE("otp: sup_start_child_returns_error_simple: the same in a pool") {
  for (auto type : {restart::permanent, restart::transient, restart::temporary}) {
    otp_case t;
    t.start_pool();
    t.of("child1").next = act::fail;
    t.start_child(t.child("child1").restart_as(type));
    CHECK(t.refusal() == "told to fail");
    CHECK(t.which().empty());
    CHECK(t.of("child1").tries == 1);
  }
}
