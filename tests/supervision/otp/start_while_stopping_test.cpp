// A command for a child that is just starting or stopping waits until that is done, because OTP's supervisor handles
// nothing else meanwhile.
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

#include "tests/supervision/otp/otp_case.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

/// The answer to a start_child, once it has come.
struct start_answer {
  std::optional<child_started> started;
  caf::error refused;

  bool is_open() const { return !started && !refused; }
};

/// Sends a start_child and does not wait for the answer.
std::shared_ptr<start_answer> ask_for(otp_case& t, child_spec spec) {
  auto result = std::make_shared<start_answer>();
  auto ask = [&](caf::event_based_actor* self, const caf::actor& target) {
    self->request(target, caf::infinite, start_child_command{make_recipe(std::move(spec))})
      .then([result](const child_started& x) { result->started = x; },
            [result](caf::error& x) { result->refused = x; });
  };
  t.world.system().spawn(ask, t.top);
  t.world.settle();
  return result;
}

/// A supervisor whose child "a" takes a second to stop, and is being stopped.
struct slow_stop : otp_case {
  explicit slow_stop(restart kept) {
    start(supervisor_spec{}.add(child<stubborn_child>("a").restart_as(kept).shutdown_as(shutdown_policy::within(1s))));
    caf::anon_send(top, terminate_child_command{"a"});
    world.settle();
  }
};

} // namespace

TEST_CASE("otp: start_while_stopping: start_child of an id that is being stopped waits, and finds it present") {
  slow_stop t{restart::permanent};
  auto answer = ask_for(t, t.child("a"));
  CHECK(answer->is_open());
  t.world.advance(1s); // it is killed
  CHECK(answer->refused == make_error(supervisor_error::already_present));
}

TEST_CASE("otp: start_while_stopping: a temporary child is gone once it is stopped, and its id is free") {
  slow_stop t{restart::temporary};
  auto answer = ask_for(t, t.child("a"));
  CHECK(answer->is_open());
  t.world.advance(1s);
  REQUIRE(answer->started);
  CHECK(answer->started->actor);
  CHECK(t.of("a").starts() == 2);
}

TEST_CASE("otp: start_while_stopping: a second start_child of a pending child waits for the outcome of its start") {
  otp_case t;
  t.start(supervisor_spec{});
  t.of("a").next = act::hang;
  auto first = ask_for(t, t.child("a"));
  auto second = ask_for(t, t.child("a"));
  CHECK(first->is_open());
  CHECK(second->is_open());
  t.acknowledge_start("a");
  REQUIRE(first->started);
  CHECK(second->refused == make_error(supervisor_error::already_started));
  CHECK(actor_of(second->refused) == first->started->actor);
}

TEST_CASE("otp: start_while_stopping: waiting commands are refused when the supervisor ends") {
  slow_stop t{restart::permanent};
  auto answer = ask_for(t, t.child("a"));
  CHECK(answer->is_open());
  t.stop();
  t.world.advance(1s);
  CHECK(t.top_end());
  CHECK(answer->refused == make_error(supervisor_error::shutting_down));
}
