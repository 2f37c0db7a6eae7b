#include <doctest/doctest.h>

#include "tests/supervision/otp/otp_case.hpp"
#include <bennu/supervision/child_template.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

void start_pair(otp_case& t, strategy how, restart_limit limit) {
  t.start(supervisor_spec{how}.intensity(limit).add(t.child("child1")).add(t.child("child2")));
}

// When the intensity is exceeded, the children are stopped and the supervisor ends with shutdown.
void check_escalation(strategy how) {
  otp_case t;
  start_pair(t, how, {4, 3600s});
  for (int i = 0; i < 4; ++i)
    t.crash("child1");
  CHECK_FALSE(t.top_end());
  t.crash("child1");
  CHECK(t.top_end() == exit_info{exit_kind::shutdown, "reached_max_restart_intensity"});
  CHECK(t.of("child2").last_end().kind == exit_kind::shutdown);
}

// The second child fails to start when the group restarts. It is retried, and no child runs twice.
void check_other_fails(strategy how) {
  otp_case t;
  auto first = std::make_shared<int>(0);
  auto flaky = t.child("child2");
  auto start = flaky.start;
  flaky.start = [=](caf::event_based_actor* parent, const start_cause& cause) -> start_result {
    if (cause.is_restart() && ++*first == 1)
      return start_result::failed(exits::crash("not yet"));
    return start(parent, cause);
  };
  t.start(
    supervisor_spec{how}.intensity({3, 3600s}).add(t.child("child1")).add(std::move(flaky)).add(t.child("child3")));
  t.crash("child1");
  CHECK(t.which() == "child3 running, child2 running, child1 running");
  for (auto id : {"child1", "child2", "child3"})
    CHECK(t.of(id).ends.size() + 1 == t.of(id).starts());
  CHECK(*first == 2);
  CHECK(t.of("child1").starts() == (how == one_for_all ? 3 : 2));
}

} // namespace

TEST_CASE(
  "otp: multiple_restarts: within its intensity a child restarts; when the intensity is exceeded the supervisor ends") {
  otp_case t;
  start_pair(t, one_for_one, {2, 5s});
  t.crash("child1");
  t.world.advance(3s);
  t.crash("child1");
  t.world.advance(3s);
  t.crash("child1"); // the first restart no longer counts
  CHECK_FALSE(t.top_end());
  t.crash("child1");
  CHECK(t.top_end());
}

TEST_CASE("otp: one_for_one: only the child that ended restarts") {
  otp_case t;
  start_pair(t, one_for_one, {2, 3600s});
  t.crash("child1");
  CHECK(t.of("child1").starts() == 2);
  CHECK(t.of("child2").starts() == 1);
}

TEST_CASE("otp: one_for_one_escalation: when the intensity is exceeded it stops all children and ends") {
  check_escalation(one_for_one);
}

TEST_CASE("otp: one_for_all: all children are stopped in reverse order and started in order") {
  otp_case t;
  start_pair(t, one_for_all, {2, 3600s});
  t.take_log();
  t.crash("child1");
  CHECK(t.take_log() == names{"end child1", "end child2", "start child1", "start child2"});
}

TEST_CASE("otp: one_for_all_escalation: when the intensity is exceeded it stops all children and ends") {
  check_escalation(one_for_all);
}

TEST_CASE("otp: one_for_all_other_child_fails_restart: the group is retried, and no child runs twice") {
  check_other_fails(one_for_all);
}

TEST_CASE("otp: rest_for_one: the children that were started after it are restarted with it") {
  otp_case t;
  t.start(supervisor_spec{rest_for_one}.add(t.child("child1")).add(t.child("child2")).add(t.child("child3")));
  t.take_log();
  t.crash("child2");
  CHECK(t.take_log() == names{"end child2", "end child3", "start child2", "start child3"});
}

TEST_CASE("otp: rest_for_one_escalation: when the intensity is exceeded it stops all children and ends") {
  check_escalation(rest_for_one);
}

TEST_CASE("otp: rest_for_one_other_child_fails_restart: the children from the failed one on are retried") {
  check_other_fails(rest_for_one);
}

TEST_CASE("otp: simple_one_for_one: a pool restarts only the child that ended") {
  otp_case t;
  t.start_pool();
  t.start_child(t.child("child1"));
  t.start_child(t.child("child2"));
  t.crash("child1");
  CHECK(t.of("child1").starts() == 2);
  CHECK(t.of("child2").starts() == 1);
}

TEST_CASE("otp: simple_one_for_one_escalation: when the intensity is exceeded a pool stops all children and ends") {
  otp_case t;
  t.start_pool({.intensity = {1, 3600s}});
  t.start_child(t.child("child1"));
  t.start_child(t.child("child2"));
  t.crash("child1");
  t.crash("child1");
  CHECK(t.top_end() == exit_info{exit_kind::shutdown, "reached_max_restart_intensity"});
  CHECK(t.of("child2").last_end().kind == exit_kind::shutdown);
}

TEST_CASE("otp: simple_one_for_one_extra: each child has its own arguments, also after a restart") {
  otp_case t;
  t.start_pool();
  std::vector<std::string> seen;
  std::vector<caf::actor> actors;
  child_template<std::string> sort{"child",
                                   [&](caf::event_based_actor* parent, const start_cause&, const std::string& x) {
                                     seen.push_back(x);
                                     actors.push_back(parent->spawn<test_child>());
                                     return start_result::ready(actors.back());
                                   }};
  t.start_child(sort.with("a"));
  t.start_child(sort.with("b"));
  caf::anon_send(actors[0], std::string{"crash"});
  t.world.settle();
  CHECK(seen == names{"a", "b", "a"});
  actors.clear();
}

TEST_CASE("otp: simple_one_for_one_shutdown: a pool stops all its children, in parallel") {
  otp_case t;
  t.start_pool();
  for (int i = 0; i < 3; ++i)
    t.start_child(t.child<stubborn_child>("child").shutdown_as(shutdown_policy::within(1s)));
  t.stop();
  t.world.advance(1s);
  CHECK(t.of("child").ends.size() == 3);
  CHECK(t.top_end()->kind == exit_kind::shutdown);
}

TEST_CASE("otp: simple_one_for_one_corruption: ends of strangers and of earlier starts do not change a pool") {
  otp_case t;
  t.start_pool();
  auto child = t.start_child(t.child("child1")).actor;
  caf::anon_send(t.top, child_down{{99, 0}, {}});
  caf::anon_send(t.top, child_down{{0, 99}, exits::crash("never")});
  caf::anon_send(t.top, child_ack{child_ack::state::failed});
  t.world.settle();
  CHECK(t.which() == "child1 running");
  CHECK(is_alive(child));
}

TEST_CASE("otp: simple_one_for_one_restart_ignore: a child whose restart is ignored is forgotten") {
  otp_case t;
  t.start_pool();
  t.start_child(t.child("child1"));
  t.of("child1").next = act::ignore;
  t.crash("child1");
  CHECK(t.counts() == child_counts{});
  CHECK_FALSE(t.top_end());
}

namespace {

// Sent right after the crash, so that it is handled between two attempts.
template <class Command>
void crash_and(otp_case& t, const std::string& id, Command command) {
  t.of(id).next = act::fail;
  caf::anon_send(t.of(id).last(), std::string{"crash"});
  t.world.step_until([&] { return t.of(id).tries > 2; });
  REQUIRE(t.of(id).tries > 2);
  caf::anon_send(t.top, command);
  t.world.settle(); // would continue until the intensity is exceeded
}

} // namespace

TEST_CASE(
  "otp: hanging_restart_loop: a child that cannot restart is visible and can be terminated between two attempts") {
  otp_case t;
  start_pair(t, one_for_one, {100'000, 3600s});
  crash_and(t, "child1", terminate_child_command{"child1"});
  CHECK(t.of("child1").tries < 10);
  CHECK(t.which() == "child2 running, child1 undefined");
  CHECK(t.counts() == child_counts{2, 1, 0, 2});
  CHECK_FALSE(t.top_end());
}

TEST_CASE("otp: hanging_restart_loop_rest_for_one: the rest stays undefined, the children before it run") {
  otp_case t;
  t.start(supervisor_spec{rest_for_one}
            .intensity({100'000, 3600s})
            .add(t.child("child1"))
            .add(t.child("child2"))
            .add(t.child("child3")));
  crash_and(t, "child2", terminate_child_command{"child2"});
  CHECK(t.of("child2").tries < 10);
  CHECK(t.which() == "child3 undefined, child2 undefined, child1 running");
  CHECK_FALSE(t.top_end());
}

TEST_CASE("otp: hanging_restart_loop_simple: a pool's child that cannot restart is terminated by its last actor") {
  otp_case t;
  t.start_pool({.intensity = {100'000, 3600s}});
  auto child = t.start_child(t.child("child1")).actor;
  crash_and(t, "child1", terminate_child_command{child});
  CHECK(t.of("child1").tries < 10);
  CHECK(t.counts() == child_counts{});
  CHECK_FALSE(t.top_end());
}
