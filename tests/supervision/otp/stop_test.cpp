#include <doctest/doctest.h>

#include "tests/supervision/otp/otp_case.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

const exit_info told{exit_kind::shutdown, ""};

/// Ends with another reason than shutdown.
class odd_child : public test_child {
public:
  explicit odd_child(caf::actor_config& cfg) : test_child(cfg) {
    set_exit_handler([this](caf::exit_msg&) { quit(exits::crash("I would rather not")); });
  }
};

} // namespace

TEST_CASE("otp: sup_stop_infinity: a supervisor waits without a limit, for workers as well") {
  otp_case t;
  t.start(supervisor_spec{}
            .add(t.child("child1").as_supervisor().shutdown_as(shutdown_policy::infinity()))
            .add(t.child<stubborn_child>("child2").shutdown_as(shutdown_policy::infinity())));
  t.stop();
  t.world.advance(240h);
  CHECK_FALSE(t.top_end());
  CHECK(t.of("child1").ends.empty()); // its turn comes after child2 has ended
  t.tell("child2", "leave");
  CHECK(t.of("child2").last_end() == exit_info{exit_kind::shutdown, "left"});
  CHECK(t.of("child1").last_end() == told);
  CHECK(t.top_end() == told);
}

TEST_CASE("otp: sup_stop_timeout: a child that does not end in time is killed") {
  otp_case t;
  t.start(supervisor_spec{}
            .add(t.child("child1").shutdown_as(shutdown_policy::within(1000ms)))
            .add(t.child<stubborn_child>("child2").shutdown_as(shutdown_policy::within(1000ms))));
  t.stop();
  t.world.advance(999ms);
  CHECK(t.of("child2").ends.empty());
  t.world.advance(1ms);
  CHECK(t.of("child2").last_end().kind == exit_kind::killed);
  CHECK(t.of("child1").last_end() == told);
  CHECK(t.top_end() == told);
  CHECK(t.world.events("supervisor.shutdown_error") == 1);
}

TEST_CASE("otp: sup_stop_timeout_dynamic: children of a pool are killed together when their time is over") {
  otp_case t;
  t.start_pool();
  for (auto id : {"child1", "child2", "child3"})
    t.start_child(t.child<stubborn_child>(id).shutdown_as(shutdown_policy::within(1000ms)));
  t.start_child(t.child("child4").shutdown_as(shutdown_policy::within(1000ms)));
  t.stop();
  CHECK(t.of("child4").last_end() == told);
  t.world.advance(999ms);
  CHECK_FALSE(t.top_end());
  t.world.advance(1ms);
  for (auto id : {"child1", "child2", "child3"})
    CHECK(t.of(id).last_end().kind == exit_kind::killed);
  CHECK(t.top_end() == told);
  CHECK(t.world.events("supervisor.shutdown_error") == 3);
}

TEST_CASE("otp: sup_stop_brutal_kill: a child with brutal_kill is killed at once") {
  otp_case t;
  t.start(supervisor_spec{}
            .add(t.child("child1").shutdown_as(shutdown_policy::within(1000ms)))
            .add(t.child<stubborn_child>("child2").shutdown_as(shutdown_policy::brutal_kill())));
  t.stop();
  CHECK(t.of("child1").last_end() == told);
  CHECK(t.of("child2").last_end().kind == exit_kind::killed);
  CHECK(t.top_end() == told);
  CHECK(t.world.events("supervisor.shutdown_error") == 0);
}

TEST_CASE("otp: sup_stop_brutal_kill_dynamic: the same in a pool") {
  otp_case t;
  t.start_pool();
  for (auto id : {"child1", "child2"})
    t.start_child(t.child<stubborn_child>(id).shutdown_as(shutdown_policy::brutal_kill()));
  t.stop();
  for (auto id : {"child1", "child2"})
    CHECK(t.of(id).last_end().kind == exit_kind::killed);
  CHECK(t.top_end() == told);
  CHECK(t.world.events("supervisor.shutdown_error") == 0);
}

TEST_CASE("otp: sup_stop_race: a child that ends while it is being stopped does not delay the supervisor") {
  for (auto order : {"crash", "stop", "leave"}) {
    otp_case t;
    t.start(supervisor_spec{}.add(t.child("child1")).add(t.child("child2")));
    caf::anon_send(t.of("child1").last(), std::string{order});
    caf::anon_send(t.of("child2").last(), std::string{order});
    signal_exit(t.top, exits::shutdown()); // before it can notice the ends
    t.world.settle();
    CHECK(t.top_end() == told);
    CHECK(t.of("child1").starts() == 1);
    CHECK(t.world.events("supervisor.restarted") == 0);

    otp_case pool;
    pool.start_pool();
    pool.start_child(pool.child("child1"));
    caf::anon_send(pool.of("child1").last(), std::string{order});
    signal_exit(pool.top, exits::shutdown());
    pool.world.settle();
    CHECK(pool.top_end() == told);
    CHECK(pool.of("child1").starts() == 1);
  }
}

TEST_CASE("otp: sup_stop_non_shutdown_exit_dynamic: a child that ends with another reason than shutdown is reported, "
          "and the stop continues") {
  otp_case t;
  t.start_pool();
  t.start_child(t.child<odd_child>("child1"));
  t.start_child(t.child("child2"));
  t.stop();
  CHECK(t.of("child1").last_end() == exit_info{exit_kind::crashed, "I would rather not"});
  CHECK(t.of("child2").last_end() == told);
  CHECK(t.top_end() == told);
  CHECK(t.world.events("supervisor.shutdown_error") == 1);
}
