#include <doctest/doctest.h>

#include "tests/supervision/otp/otp_case.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

enum class fate { again, undefined, gone };

// What happens to a child with this restart type after this end, under a static supervisor and in a pool.
void check_end(restart type, const caf::error& reason, fate expected) {
  otp_case t;
  t.start(supervisor_spec{}.intensity({2, 3600s}).add(t.child("child1").restart_as(type)));
  t.exit("child1", reason);
  if (!reason)
    t.tell("child1", "stop"); // an exit signal with the reason normal does not end an actor
  CHECK(t.of("child1").starts() == (expected == fate::again ? 2 : 1));
  CHECK(t.which() == (expected == fate::again ? "child1 running" : expected == fate::gone ? "" : "child1 undefined"));
  CHECK_FALSE(t.top_end());

  otp_case pool;
  pool.start_pool();
  pool.start_child(pool.child("child1").restart_as(type));
  pool.exit("child1", reason);
  if (!reason)
    pool.tell("child1", "stop");
  CHECK(pool.which() == (expected == fate::again ? "child1 running" : ""));
}

void check_shutdowns(restart type, fate expected) {
  check_end(type, exits::shutdown(), expected);
  check_end(type, exits::shutdown("on purpose"), expected);
}

void check_abnormal(restart type, fate expected) {
  check_end(type, exits::crash("abnormal"), expected);
  check_end(type, exits::kill(), expected);
}

} // namespace

TEST_CASE("otp: permanent_normal: a permanent child restarts after a normal end") {
  check_end(restart::permanent, {}, fate::again);
}

TEST_CASE("otp: transient_normal: a transient child stays undefined after a normal end") {
  check_end(restart::transient, {}, fate::undefined);
}

TEST_CASE("otp: temporary_normal: a temporary child's spec is gone after a normal end") {
  check_end(restart::temporary, {}, fate::gone);
}

TEST_CASE("otp: permanent_shutdown: a permanent child restarts after shutdown") {
  check_shutdowns(restart::permanent, fate::again);
}

TEST_CASE("otp: transient_shutdown: a transient child stays undefined after shutdown") {
  check_shutdowns(restart::transient, fate::undefined);
}

TEST_CASE("otp: temporary_shutdown: a temporary child's spec is gone after shutdown") {
  check_shutdowns(restart::temporary, fate::gone);
}

TEST_CASE("otp: permanent_abnormal: a permanent child restarts after a crash") {
  check_abnormal(restart::permanent, fate::again);
}

TEST_CASE("otp: transient_abnormal: a transient child restarts after a crash") {
  check_abnormal(restart::transient, fate::again);
}

TEST_CASE("otp: temporary_abnormal: a temporary child's spec is gone after a crash") {
  check_abnormal(restart::temporary, fate::gone);
}

TEST_CASE("otp: faulty_application_shutdown: a child that crashes while the tree stops does not prevent the stop") {
  otp_case t;
  auto inner = supervisor_spec{}.add(t.child("leaf"));
  t.start(supervisor_spec{}.add(inner.supervised("inner")));
  caf::anon_send(t.of("leaf").last(), std::string{"crash"});
  t.stop();
  CHECK(t.top_end() == exit_info{exit_kind::shutdown, ""});
  CHECK(t.of("leaf").ends.size() == t.of("leaf").starts());
}

TEST_CASE("otp: temporary_bystander: a temporary sibling in a group is stopped and forgotten, not restarted") {
  for (auto how : {one_for_all, rest_for_one}) {
    otp_case t;
    t.start(supervisor_spec{how}.add(t.child("child1")).add(t.child("child2").restart_as(restart::temporary)));
    t.crash("child1");
    CHECK(t.of("child2").starts() == 1);
    CHECK(t.of("child2").ends.size() == 1);
    CHECK(t.which() == "child1 running");
  }
}

TEST_CASE("otp: external_start_no_progress_log: only a successful start is reported as one") {
  otp_case t;
  t.of("child2").next = act::ignore;
  t.start(supervisor_spec{}.add(t.child("child1")).add(t.child("child2")));
  t.of("child3").next = act::fail;
  t.start_child(t.child("child3"));
  CHECK(t.world.events("supervisor.child_started") == 1);
  CHECK(t.world.events("supervisor.start_failed") == 1);
}
