// A pending child that acknowledges its start and ends before the supervisor has read the acknowledgement.
#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "tests/supervision/otp/otp_case.hpp"
#include "tests/supervision/threaded_system.hpp"
#include <bennu/supervision/child.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

/// Acknowledges its start with a given result, and ends immediately.
class hasty_child : public process {
public:
  hasty_child(caf::actor_config& cfg, child_ack ack, caf::error reason)
    : process(cfg), supervisor_(caf::actor_cast<caf::actor>(cfg.parent->address())), ack_(std::move(ack)),
      reason_(std::move(reason)) {}

  using acknowledges_start = void;

protected:
  caf::behavior make_behavior() override {
    acknowledge(this, std::exchange(supervisor_, nullptr), ack_);
    quit(reason_);
    return {};
  }

private:
  caf::actor supervisor_;
  child_ack ack_;
  caf::error reason_;
};

child_ack saying(child_ack::state what) {
  return {what, what == child_ack::state::failed ? exits::crash("refused") : caf::error{}, {}};
}

child_spec hasty(child_ack::state what, caf::error reason = {}) {
  return child<hasty_child>("hasty", saying(what), std::move(reason)).restart_as(restart::temporary);
}

} // namespace

TEST_CASE("otp: ack_and_end: a child that is ready and ends at once was started") {
  otp_case t;
  t.start(supervisor_spec{});
  CHECK(t.start_child(hasty(child_ack::state::ready)).actor);
  CHECK_FALSE(t.world.error());
  CHECK(t.which().empty()); // temporary, and gone
  CHECK_FALSE(t.top_end());
}

TEST_CASE(
  "otp: ack_and_end: a permanent child that is ready and ends at once is restarted until its supervisor gives up") {
  otp_case t;
  t.start(supervisor_spec{}.intensity({2, 5s}).add(
    child<hasty_child>("hasty", saying(child_ack::state::ready), exits::crash("at once"))));
  REQUIRE(t.top_end());
  CHECK(t.top_end()->text == "reached_max_restart_intensity");
  CHECK(t.world.events("supervisor.restarted") == 2);
  CHECK(t.world.events("supervisor.start_failed") == 0);
}

TEST_CASE("otp: ack_and_end: a child that ignores its start and ends at once is undefined") {
  otp_case t;
  auto ignoring = hasty(child_ack::state::ignored);
  ignoring.restart_type = restart::permanent;
  t.start(supervisor_spec{}.add(std::move(ignoring)));
  CHECK_FALSE(t.top_end());
  CHECK(t.which() == "hasty undefined");
}

TEST_CASE("otp: ack_and_end: a child that fails its start and ends at once gives the error that it told") {
  otp_case t;
  t.start(supervisor_spec{});
  t.start_child(hasty(child_ack::state::failed));
  CHECK(t.refusal() == "refused");
  CHECK(t.which().empty());
}

TEST_CASE("otp: ack_and_end: the same three cases in a pool") {
  otp_case t;
  t.start_pool();
  CHECK(t.start_child(hasty(child_ack::state::ready)).actor);
  CHECK_FALSE(t.world.error());
  CHECK_FALSE(t.start_child(hasty(child_ack::state::ignored)).actor);
  CHECK_FALSE(t.world.error());
  t.start_child(hasty(child_ack::state::failed));
  CHECK(t.refusal() == "refused");
  CHECK(t.counts() == child_counts{});
  CHECK_FALSE(t.top_end());
}

TEST_CASE("otp: ack_and_end: on two threads a hundred such starts succeed, also at boot") {
  threaded_system world;
  supervisor_spec spec;
  spec.add(child<hasty_child>("boot", saying(child_ack::state::ignored), caf::error{}));
  auto tree = spec.start(world.system());
  REQUIRE(tree);
  for (auto i = 0; i < 100; ++i) {
    auto one = hasty(child_ack::state::ready);
    one.id += std::to_string(i); // the supervisor may learn of the end of the one before later than of this start
    auto started = world.ask<child_started>(tree.root(), start_child_command{make_recipe(std::move(one))});
    CHECK(started.actor);
    CHECK_MESSAGE(!world.error(), caf::to_string(world.error()));
  }
}
