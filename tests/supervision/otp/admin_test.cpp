#include <doctest/doctest.h>

#include <caf/scoped_actor.hpp>

#include "tests/supervision/otp/otp_case.hpp"
#include <bennu/supervision/child_template.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

TEST_CASE("otp: child_adm: start, terminate, restart and delete a child, and every refusal") {
  otp_case t;
  t.start(supervisor_spec{}.add(t.child("child1")));
  t.start_child(t.child("child1"));
  CHECK(t.refused(supervisor_error::already_started));
  CHECK(same(actor_of(t.world.error()), t.of("child1").last()));
  t.restart_child("child1");
  CHECK(t.refused(supervisor_error::running));
  CHECK_FALSE(t.delete_child("child1"));
  CHECK(t.refused(supervisor_error::running));

  CHECK(t.terminate_child("child1"));
  CHECK(t.which() == "child1 undefined");
  CHECK(t.counts() == child_counts{1, 0, 0, 1});
  CHECK(t.terminate_child("child1")); // terminating it again is not an error
  t.start_child(t.child("child1"));
  CHECK(t.refused(supervisor_error::already_present));
  t.restart_child("child1");
  CHECK(t.which() == "child1 running");

  CHECK(t.terminate_child("child1"));
  CHECK(t.delete_child("child1"));
  CHECK(t.which().empty());
  CHECK_FALSE(t.terminate_child("child1"));
  CHECK(t.refused(supervisor_error::not_found));
  t.restart_child("child1");
  CHECK(t.refused(supervisor_error::not_found));
  CHECK_FALSE(t.delete_child("child1"));
  CHECK(t.refused(supervisor_error::not_found));
  CHECK(t.start_child(t.child("child1")).actor);
}

TEST_CASE("otp: child_adm_simple: a pool's children are terminated by their actor, and cannot be found by id") {
  otp_case t;
  t.start_pool();
  auto child = t.start_child(t.child("child1")).actor;
  CHECK_FALSE(t.terminate_child("child1"));
  CHECK(t.refused(supervisor_error::dynamic_children));
  t.restart_child("child1");
  CHECK(t.refused(supervisor_error::dynamic_children));
  CHECK_FALSE(t.delete_child("child1"));
  CHECK(t.refused(supervisor_error::dynamic_children));
  CHECK_FALSE(t.terminate_child(t.top));
  CHECK(t.refused(supervisor_error::not_found));
  CHECK(t.terminate_child(child));
  CHECK_FALSE(is_alive(child));
  CHECK(t.counts() == child_counts{});
}

TEST_CASE("otp: which_children: the newest child comes first, with its actor and type") {
  otp_case t;
  t.start(supervisor_spec{}.add(t.child("child1")).add(t.child("child2").as_supervisor()));
  auto children = t.children();
  REQUIRE(children.size() == 2);
  CHECK(children[0].id == "child2");
  CHECK(children[0].type == child_type::supervisor);
  CHECK(same(children[1].actor, t.of("child1").last()));
}

TEST_CASE("otp: which_children_simple_one_for_one: a pool lists each child") {
  otp_case t;
  t.start_pool();
  CHECK(t.children().empty());
  auto one = t.start_child(t.child("child")).actor;
  auto two = t.start_child(t.child("child")).actor;
  auto children = t.children();
  REQUIRE(children.size() == 2);
  CHECK((same(children[0].actor, one) || same(children[1].actor, one)));
  CHECK((same(children[0].actor, two) || same(children[1].actor, two)));
}

TEST_CASE("otp: count_children: children are counted as they come and go") {
  otp_case t;
  t.start(supervisor_spec{});
  CHECK(t.counts() == child_counts{});
  t.start_child(t.child("child1"));
  t.start_child(t.child("child2").restart_as(restart::temporary));
  CHECK(t.counts() == child_counts{2, 2, 0, 2});
  t.terminate_child("child1");
  CHECK(t.counts() == child_counts{2, 1, 0, 2});
  t.terminate_child("child2");
  CHECK(t.counts() == child_counts{1, 0, 0, 1});
}

TEST_CASE("otp: count_children_supervisor: supervisors and workers are counted separately") {
  otp_case t;
  t.start(supervisor_spec{}.add(supervisor_spec{}.supervised("inner")).add(t.child("child1")));
  CHECK(t.counts() == child_counts{2, 2, 1, 1});
  otp_case pool;
  pool.start_pool();
  pool.start_child(pool.child("child1").as_supervisor());
  CHECK(pool.counts() == child_counts{1, 1, 1, 0});
}

TEST_CASE("otp: count_restarting_children: a child that cannot start counts as a spec and not as active") {
  otp_case t;
  t.start_pool({.intensity = {1000, 3600s}});
  auto child = t.start_child(t.child("child1")).actor;
  t.start_child(t.child("child2"));
  t.of("child1").next = act::hang;
  t.crash("child1");
  CHECK(t.counts() == child_counts{2, 2, 0, 2}); // it starts now
  t.acknowledge_start("child1");
  CHECK(t.counts() == child_counts{2, 2, 0, 2});
  CHECK_FALSE(is_alive(child));
}

TEST_CASE(
  "otp: count_restarting_children: while its starts fail it counts as a spec, is restarting, and is not active") {
  for (bool pool : {false, true}) {
    otp_case t;
    auto failures = std::make_shared<int>(0);
    auto broken = t.child("child1");
    broken.start = [start = broken.start, failures](caf::event_based_actor* parent, const start_cause& cause) {
      return cause.is_restart() && ++*failures % 100 != 0 ? start_result::failed(exits::crash("not yet"))
                                                          : start(parent, cause);
    };
    if (pool) {
      t.start_pool({.intensity = {1000, 3600s}});
      t.start_child(std::move(broken));
      t.start_child(t.child("child2"));
    } else {
      t.start(supervisor_spec{}.intensity({1000, 3600s}).add(std::move(broken)).add(t.child("child2")));
    }
    auto crash = [&] {
      caf::anon_send(t.of("child1").last(), std::string{"crash"});
      const auto before = *failures;
      REQUIRE(t.world.step_until([&] { return *failures >= before + 3; }));
    };
    // Asks between two attempts. An actor would get its turn only after all attempts.
    caf::scoped_actor self{t.world.system()};
    crash();
    auto counts = self->request(t.top, caf::infinite, count_children_command{});
    auto which = self->request(t.top, caf::infinite, which_children_command{});
    t.world.settle();
    auto failed = [](const caf::error& why) { FAIL(to_string(classify(why))); };
    counts.receive([](const child_counts& x) { CHECK(x == child_counts{2, 1, 0, 2}); }, failed);
    which.receive(
      [](const std::vector<child_info>& all) {
        for (auto& x : all)
          CHECK(to_string(x.state) == (x.id == "child1" ? "restarting" : "running"));
      },
      failed);
    CHECK(t.counts() == child_counts{2, 2, 0, 2}); // it has started meanwhile
  }
}

TEST_CASE("otp: get_callback_module: a supervisor tells how it is set up") {
  otp_case t;
  t.start(supervisor_spec{rest_for_one}.name("x").intensity({7, 3s}).shutdown_when(auto_shutdown::all_significant));
  auto info = t.world.ask<supervisor_info>(t.top, get_supervisor_command{});
  CHECK(info.name == "x");
  CHECK(info.how == rest_for_one);
  CHECK(info.when == auto_shutdown::all_significant);
  CHECK(info.intensity == restart_limit{7, 3s});
  CHECK(info.restarts_left == 7);
}

TEST_CASE("otp: order_of_children: children keep their order after restart_child, start_child and a crash") {
  otp_case t;
  t.start(supervisor_spec{one_for_all}.intensity({9, 5s}).add(t.child("a")).add(t.child("b")).add(t.child("c")));
  t.terminate_child("b");
  t.restart_child("b");
  t.start_child(t.child("d"));
  CHECK(t.which() == "d running, c running, b running, a running");
  t.take_log();
  t.crash("b");
  CHECK(t.take_log() == names{"end b", "end d", "end c", "end a", "start a", "start b", "start c", "start d"});
  CHECK(t.which() == "d running, c running, b running, a running");
}

TEST_CASE(
  "otp: scale_start_stop_many_children: ten thousand children of a static supervisor start, stop and are deleted") {
  otp_case t;
  t.start(supervisor_spec{});
  constexpr size_t many = 10'000;
  for (size_t i = 0; i < many; ++i)
    start_child(t.top, t.child("child" + std::to_string(i)));
  CHECK(t.counts() == child_counts{many, many, 0, many});
  for (size_t i = 0; i < many; ++i) {
    caf::anon_send(t.top, terminate_child_command{"child" + std::to_string(i)});
    caf::anon_send(t.top, delete_child_command{"child" + std::to_string(i)});
  }
  CHECK(t.counts() == child_counts{});
}

TEST_CASE("otp: already_started_outside_supervisor: a start that fails with already_started names its actor") {
  otp_case t;
  t.start(supervisor_spec{});
  auto other = t.start_child(t.child("other")).actor;
  t.start_child(child_spec{"child1", [other](auto*, auto&) { return start_result::failed(already_started(other)); }});
  CHECK(t.refused(supervisor_error::already_started));
  CHECK(same(actor_of(t.world.error()), other));
  CHECK(t.which() == "other running");
}

TEST_CASE("otp: do_not_save_start_parameters_for_temporary_children: they are freed when the child runs") {
  for (auto [type, kept] : {std::pair{restart::temporary, false}, std::pair{restart::permanent, true}}) {
    auto parameter = std::make_shared<int>(7);
    otp_case t;
    t.start_pool();
    child_template<std::shared_ptr<int>> sort{
      "child1", [](caf::event_based_actor* parent, const start_cause&, const std::shared_ptr<int>&) -> start_result {
        return caf::actor{parent->spawn<test_child>()};
      }};
    sort.policy().restart_type = type;
    t.start_child(sort.with(parameter));
    CHECK(t.counts().active == 1);
    CHECK((parameter.use_count() > 1) == kept);
  }
}

TEST_CASE("otp: do_not_save_child_specs_for_temporary_children: a terminated temporary child is forgotten") {
  otp_case t;
  t.start(supervisor_spec{}.add(t.child("child1").restart_as(restart::temporary)));
  t.terminate_child("child1");
  CHECK(t.which().empty());
  CHECK(t.start_child(t.child("child1").restart_as(restart::temporary)).actor);
  t.crash("child1");
  CHECK(t.which().empty());
}

TEST_CASE("otp: simple_one_for_one_scale_many_temporary_children: ten thousand start and end one after another") {
  otp_case t;
  t.start_pool();
  constexpr size_t many = 10'000;
  for (size_t i = 0; i < many; ++i)
    start_child(t.top, t.child("child").restart_as(restart::temporary));
  CHECK(t.counts().active == many);
  for (auto& x : t.of("child").actors)
    caf::anon_send(t.top, terminate_child_command{x});
  CHECK(t.counts() == child_counts{});
}
