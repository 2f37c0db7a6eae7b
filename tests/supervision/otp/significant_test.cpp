#include <doctest/doctest.h>

#include "tests/supervision/otp/otp_case.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

const exit_info any_end{exit_kind::shutdown, ""};

void start_three(otp_case& t, auto_shutdown when, restart type, bool significant) {
  t.start(supervisor_spec{}
            .intensity({9, 5s})
            .shutdown_when(when)
            .add(t.child("child1").restart_as(type).significant(significant))
            .add(t.child("child2").restart_as(type).significant(significant))
            .add(t.child("child3")));
}

void check_nonsignificant(restart type) {
  for (auto when : {auto_shutdown::never, auto_shutdown::any_significant, auto_shutdown::all_significant}) {
    otp_case t;
    start_three(t, when, type, false);
    t.tell("child1", "stop");
    t.tell("child2", "stop");
    CHECK_FALSE(t.top_end());
  }
}

void check_significant(restart type) {
  otp_case any;
  start_three(any, auto_shutdown::any_significant, type, true);
  any.tell("child1", "stop");
  REQUIRE(any.top_end());
  CHECK(any.top_end()->kind == exit_kind::shutdown);
  CHECK(any.of("child3").last_end() == any_end);

  otp_case all;
  start_three(all, auto_shutdown::all_significant, type, true);
  all.tell("child1", "leave");
  CHECK_FALSE(all.top_end());
  all.tell("child2", "stop");
  REQUIRE(all.top_end());
  CHECK(all.top_end()->kind == exit_kind::shutdown);

  otp_case terminated;
  start_three(terminated, auto_shutdown::any_significant, type, true);
  CHECK(terminated.terminate_child("child1"));
  CHECK_FALSE(terminated.top_end());
}

} // namespace

TEST_CASE("otp: nonsignificant_temporary: the end of an insignificant child does not shut down the supervisor") {
  check_nonsignificant(restart::temporary);
}

TEST_CASE("otp: nonsignificant_transient: the end of an insignificant child does not shut down the supervisor") {
  check_nonsignificant(restart::transient);
}

TEST_CASE("otp: significant_temporary: when any one, or all, of them end by themselves, the supervisor shuts down") {
  check_significant(restart::temporary);
  otp_case t;
  start_three(t, auto_shutdown::any_significant, restart::temporary, true);
  t.crash("child1");
  CHECK(t.top_end());
}

TEST_CASE("otp: significant_transient: a normal end shuts the supervisor down, a crash restarts the child") {
  check_significant(restart::transient);
  otp_case t;
  start_three(t, auto_shutdown::any_significant, restart::transient, true);
  t.crash("child1");
  CHECK_FALSE(t.top_end());
  CHECK(t.of("child1").starts() == 2);
}

TEST_CASE("otp: significant_simple: the same in a pool") {
  for (auto when : {auto_shutdown::any_significant, auto_shutdown::all_significant}) {
    otp_case t;
    dynamic_supervisor_options options;
    options.when = when;
    t.start_pool(options);
    t.start_child(t.child("child1").restart_as(restart::transient).significant());
    t.start_child(t.child("child2").restart_as(restart::transient).significant());
    t.tell("child1", "stop");
    CHECK(t.top_end().has_value() == (when == auto_shutdown::any_significant));
    if (!t.top_end())
      t.tell("child2", "stop");
    REQUIRE(t.top_end());
    CHECK(t.top_end()->kind == exit_kind::shutdown);
  }
}

TEST_CASE(
  "otp: significant_bystander: a significant sibling that a group restart stops does not shut down the supervisor") {
  otp_case t;
  t.start(supervisor_spec{one_for_all}
            .intensity({9, 5s})
            .shutdown_when(auto_shutdown::any_significant)
            .add(t.child("child1"))
            .add(t.child("child2").restart_as(restart::temporary).significant()));
  t.crash("child1");
  CHECK_FALSE(t.top_end());
  CHECK(t.which() == "child1 running");
}

TEST_CASE("otp: significant_escalation: the shutdown of a significant supervisor continues upwards") {
  otp_case t;
  auto inner = supervisor_spec{}
                 .shutdown_when(auto_shutdown::any_significant)
                 .add(t.child("leaf").restart_as(restart::transient).significant());
  t.start(supervisor_spec{}
            .shutdown_when(auto_shutdown::any_significant)
            .add(t.child("other"))
            .add(inner.supervised("inner").restart_as(restart::transient).significant()));
  t.tell("leaf", "stop");
  REQUIRE(t.top_end());
  CHECK(t.top_end()->kind == exit_kind::shutdown);
  CHECK(t.of("other").last_end().kind == exit_kind::shutdown);
}

TEST_CASE("otp: significant_given_up: a significant child given up by its own limit has ended for good") {
  for (bool pool : {false, true}) {
    otp_case t;
    auto child = [&] { return t.child("child1").restart_as(restart::transient).significant().limit_to({1, 5s}); };
    if (pool) {
      t.start_pool({.when = auto_shutdown::any_significant});
      t.start_child(child());
    } else {
      t.start(supervisor_spec{}.shutdown_when(auto_shutdown::any_significant).add(child()));
    }
    t.crash("child1");
    CHECK_FALSE(t.top_end());
    t.crash("child1");
    REQUIRE(t.top_end());
    CHECK(t.top_end()->kind == exit_kind::shutdown);
  }
}
