#include <future>
#include <memory>

#include <caf/send.hpp>
#include <doctest/doctest.h>

#include "tests/supervision/otp/otp_case.hpp"
#include <bennu/supervision/registry.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

/// What a stuck child and its test share. Either may outlive the other.
struct door {
  std::promise<void> reached;
  std::promise<void> open;
  std::shared_future<void> opened = open.get_future().share();
  std::promise<caf::error> refusal; ///< the error when it finally registered
};

/// Blocks in its handler; then does what an actor that was left behind must not do.
class late_child : public process {
public:
  late_child(caf::actor_config& cfg, std::shared_ptr<door> where, registry names, caf::actor supervisor)
    : process(cfg), door_(std::move(where)), names_(std::move(names)), supervisor_(std::move(supervisor)) {}

protected:
  caf::behavior make_behavior() override {
    return {[this](int) {
      door_->reached.set_value();
      door_->opened.wait();
      acknowledge(this, supervisor_);
      supervisor_ = nullptr;
      door_->refusal.set_value(names_.add("name", caf::actor{this}));
    }};
  }

private:
  std::shared_ptr<door> door_;
  registry names_;
  caf::actor supervisor_;
};

/// A pool with one stuck child.
struct stuck_case {
  std::shared_ptr<door> way = std::make_shared<door>();
  registry names;
  otp_case t;
  caf::actor stuck;

  stuck_case() {
    t.start_pool();
    auto start = [this](caf::event_based_actor* parent, const start_cause&) -> start_result {
      return caf::actor{parent->spawn<late_child, caf::detached>(way, names, t.top)};
    };
    stuck = t.start_child(child_spec{"stuck", start}.restart_as(restart::temporary)).actor;
    names.add("name", stuck);
    caf::anon_send(stuck, 1);
    way->reached.get_future().wait();
  }

  ~stuck_case() { stuck = nullptr; }
};

} // namespace

TEST_CASE("otp: blocked_child: a pool abandons its child, whose name is free and whose later messages are ignored") {
  stuck_case x;
  caf::anon_send(x.t.top, terminate_child_command{x.stuck});
  x.t.world.advance(5s); // it is told to stop, then killed
  CHECK(same(x.names.find("name"), x.stuck));
  x.t.world.advance(1s);
  CHECK(x.t.world.events("supervisor.zombie") == 1);
  CHECK(x.t.counts() == child_counts{});
  CHECK_FALSE(is_alive(x.stuck));
  CHECK_FALSE(x.names.find("name"));
  auto successor = x.t.start_child(x.t.child("child1")).actor;
  CHECK_FALSE(x.names.add("name", successor));
  x.way->open.set_value();
  CHECK(x.way->refusal.get_future().get() == make_error(registry_error::not_alive));
  x.t.world.settle();
  CHECK(same(x.names.find("name"), successor));
  CHECK(x.t.counts() == child_counts{1, 1, 0, 1});
}

TEST_CASE("otp: blocked_child: a pool that stops does not wait for a stuck child longer than its shutdown time") {
  stuck_case x;
  x.t.stop();
  x.t.world.advance(5s);
  CHECK_FALSE(x.t.top_end());
  x.t.world.advance(1s);
  CHECK(x.t.top_end() == exit_info{exit_kind::shutdown, ""});
  x.way->open.set_value();
  x.way->refusal.get_future().wait();
}
