#include <doctest/doctest.h>

#include "tests/supervision/otp/otp_case.hpp"
#include <bennu/supervision/child_template.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

std::string fault_of(const caf::error& fault) {
  return fault ? classify(fault).text : "";
}

// The errors of the builder. A running supervisor must report the same ones.
std::string fault_of(child_spec spec) {
  auto fault = fault_of(check(spec));
  std::string thrown;
  try {
    supervisor_spec{}.shutdown_when(auto_shutdown::any_significant).add(spec);
  } catch (const std::invalid_argument& x) {
    thrown = x.what();
  }
  CHECK(thrown == fault);
  otp_case t;
  t.start(supervisor_spec{}.shutdown_when(auto_shutdown::any_significant));
  t.start_child(std::move(spec));
  CHECK(fault_of(t.world.error()) == fault);
  CHECK(t.which().empty() == !fault.empty());
  return fault;
}

constexpr auto significance = "invalid_argument: a significant child must be transient or temporary: "
                              "a permanent one never ends by itself";
constexpr auto needs_auto_shutdown = "invalid_argument: a significant child needs a supervisor whose auto_shutdown is "
                                     "any_significant or all_significant";

} // namespace

TEST_CASE("otp: sup_start_map: get_childspec shows all defaults") {
  otp_case t;
  t.start(supervisor_spec{}
            .add(t.child("child1"))
            .add(t.child("child2").shutdown_as(shutdown_policy::brutal_kill()))
            .add(t.child("child3").as_supervisor()));
  auto one = t.get_childspec("child1");
  CHECK(one.id == "child1");
  CHECK(one.restart_type == restart::permanent);
  CHECK(one.shutdown == shutdown_policy::within(5000ms));
  CHECK(one.type == child_type::worker);
  CHECK_FALSE(one.is_significant);
  CHECK_FALSE(one.limit);
  CHECK(t.get_childspec("child2").shutdown == shutdown_policy::brutal_kill());
  CHECK(t.get_childspec("child3").shutdown == shutdown_policy::infinity());
  CHECK(t.get_childspec("child3").type == child_type::supervisor);
  CHECK(t.get_childspec(t.of("child2").last()).id == "child2");
  t.get_childspec("child4");
  CHECK(t.refused(supervisor_error::not_found));
  t.stop();
  CHECK(t.top_end()->kind == exit_kind::shutdown);
}

TEST_CASE("otp: sup_start_map_simple: get_childspec of a pool's child takes its actor") {
  otp_case t;
  t.start_pool();
  auto child = t.start_child(t.child("child1")).actor;
  auto one = t.get_childspec(child);
  CHECK(one.id == "child1");
  CHECK(one.restart_type == restart::permanent);
  CHECK(one.shutdown == shutdown_policy::within(5000ms));
  t.get_childspec(t.top);
  CHECK(t.refused(supervisor_error::not_found));
  t.get_childspec("child1");
  CHECK(t.refused(supervisor_error::dynamic_children));
}

TEST_CASE(
  "otp: sup_start_map_faulty_specs: a spec without an id or a start is refused, and the error names the fault") {
  otp_case t;
  CHECK(fault_of(t.child("")) == "invalid_argument: a child needs an id that is not empty");
  CHECK(fault_of(check(child_spec{"child2", nullptr})) == "invalid_argument: child 'child2' needs a start function");
  CHECK_THROWS_WITH(supervisor_spec{}.add(child_spec{"child2", nullptr}),
                    "invalid_argument: child 'child2' needs a start function");
  CHECK_THROWS_AS(start_child(t.top, child_spec{"child2", nullptr}), std::invalid_argument);
  // Something else than a spec, or an unknown field, does not compile.
}

TEST_CASE("otp: child_specs: every invalid field is refused with what is allowed") {
  otp_case t;
  CHECK(fault_of(t.child("child1")) == "");
  CHECK(fault_of(t.child("child1").shutdown_as(shutdown_policy::within(-1ms)))
        == "invalid_argument: shutdown must be brutal_kill, infinity, or a time of 0 ms or more");
  CHECK(fault_of(t.child("child1").shutdown_as(shutdown_policy::within(0ms))) == "");
  CHECK(fault_of(t.child("child1").shutdown_as(shutdown_policy::infinity())) == "");
  CHECK(fault_of(t.child("child1").restart_as(static_cast<restart>(7)))
        == "invalid_argument: restart must be permanent, transient or temporary");
  auto odd = t.child("child1");
  odd.type = static_cast<child_type>(7);
  CHECK(fault_of(odd) == "invalid_argument: the type of a child must be worker or supervisor");
  CHECK(fault_of(t.child("child1").limit_to({1, 0s}))
        == "invalid_argument: a restart limit needs a time greater than 0");
  CHECK_THROWS_WITH(supervisor_spec{}.add(t.child("child1")).add(t.child("child1")),
                    "a supervisor's children need different ids: 'child1' is taken");
}

TEST_CASE("otp: child_specs_map: significance must match the restart type and the supervisor") {
  otp_case t;
  CHECK(fault_of(t.child("child1").significant()) == significance);
  CHECK(fault_of(t.child("child1").significant().restart_as(restart::transient)) == "");
  CHECK(fault_of(t.child("child1").significant().restart_as(restart::temporary)) == "");
  auto significant = t.child("child1").significant().restart_as(restart::transient);
  for (auto when : {auto_shutdown::any_significant, auto_shutdown::all_significant})
    CHECK(fault_of(check(significant, when)) == "");
  CHECK(fault_of(check(significant, auto_shutdown::never)) == needs_auto_shutdown);
  CHECK_THROWS_WITH(supervisor_spec{}.add(significant).start(t.world.system()), needs_auto_shutdown);
  CHECK_THROWS_WITH(supervisor_spec{}.add(significant).supervised("x"), needs_auto_shutdown);
  t.start(supervisor_spec{});
  t.start_child(significant);
  CHECK(fault_of(t.world.error()) == needs_auto_shutdown);
  otp_case pool;
  pool.start_pool();
  pool.start_child(significant);
  CHECK(fault_of(pool.world.error()) == needs_auto_shutdown);
}

TEST_CASE("otp: sup_flags: an invalid strategy, period or auto_shutdown is refused with what is allowed") {
  otp_case t;
  auto fault_when_built = [&](const supervisor_spec& spec) {
    auto fault = fault_of(check(spec));
    CHECK_THROWS_WITH(spec.spawn(t.world.system()), fault.c_str());
    CHECK_THROWS_WITH(spec.supervised("x"), fault.c_str());
    return fault;
  };
  CHECK(fault_when_built(supervisor_spec{static_cast<strategy>(9)})
        == "invalid_argument: the strategy must be one_for_one, one_for_all or rest_for_one");
  CHECK(fault_when_built(supervisor_spec{}.intensity({1, 0s}))
        == "invalid_argument: the intensity of a supervisor needs a time greater than 0");
  CHECK(fault_when_built(supervisor_spec{}.intensity({1, -5s}))
        == "invalid_argument: the intensity of a supervisor needs a time greater than 0");
  CHECK(fault_when_built(supervisor_spec{}.shutdown_when(static_cast<auto_shutdown>(9)))
        == "invalid_argument: auto_shutdown must be never, any_significant or all_significant");
  CHECK(fault_of(check(supervisor_spec{}.intensity({0, 1s}))) == "");
  dynamic_supervisor_options never;
  never.intensity = {1, 0s};
  CHECK_THROWS_AS(dynamic_supervisor(never), std::invalid_argument);
  CHECK_THROWS_AS(spawn_dynamic_supervisor(t.world.system(), never), std::invalid_argument);
}

TEST_CASE("otp: extra_return: the info of a start is passed through") {
  otp_case t;
  t.of("child1").info = "extra";
  t.of("child2").info = "extra";
  t.start(supervisor_spec{}.add(t.child("child1")));
  CHECK(t.which() == "child1 running");
  auto text = [](const child_started& x) {
    return x.info.match_elements<std::string>() ? x.info.get_as<std::string>(0) : "";
  };
  CHECK(text(t.start_child(t.child("child2"))) == "extra");
  CHECK(t.terminate_child("child1"));
  CHECK(text(t.restart_child("child1")) == "extra");
  t.crash("child1");
  CHECK(t.which() == "child2 running, child1 running");

  otp_case pool;
  pool.start_pool();
  pool.of("child1").info = "extra";
  CHECK(text(pool.start_child(pool.child("child1"))) == "extra");
}
