#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <string>

#include "tests/supervision/test_child.hpp"
#include "tests/supervision/threaded_system.hpp"
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/supervisor.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

/// Crashes at its first message.
child_spec fragile(const std::string& id, std::promise<caf::actor>& first) {
  auto told = std::make_shared<std::atomic<bool>>(false);
  return {id, [&first, told](caf::event_based_actor* parent, const start_cause&) -> start_result {
            auto result = caf::actor{parent->spawn<test_child>()};
            if (!told->exchange(true))
              first.set_value(result);
            else
              caf::anon_send(result, std::string{"crash"});
            return result;
          }};
}

child_spec refusing(const std::string& id) {
  return {id,
          [](caf::event_based_actor*, const start_cause&) { return start_result::failed(exits::crash("no disk")); }};
}

class never_ready : public process {
public:
  using process::process;

protected:
  caf::behavior make_behavior() override {
    return {[](caf::unit_t) {}};
  }
};

} // namespace

TEST_CASE("tree: a start that fails returns the child and the reason, and leaves nothing running") {
  threaded_system world;
  auto before = world.system().registry().running();
  diary other;
  auto tree = supervisor_spec{}.name("top").add(worker("other", other)).add(refusing("store")).start(world.system());
  CHECK_FALSE(tree);
  CHECK_FALSE(tree.root());
  auto why = classify(tree.error());
  CHECK(to_string(why) == "shutdown: failed_to_start_child store: crashed: no disk");
  REQUIRE(why.causes.size() == 1);
  CHECK(why.causes[0] == exit_cause{"top", "store", exit_kind::crashed, "no disk", "failed_to_start_child"});
  CHECK(tree.end() == why);
  CHECK(tree.wait() == why);
  other.actors.clear();
  CHECK(world.system().registry().running() == before);
}

TEST_CASE("tree: a start that fails deep in the tree tells the whole chain") {
  threaded_system world;
  auto inner = supervisor_spec{}.name("databases").add(refusing("store"));
  auto tree = supervisor_spec{}.name("top").add(inner.supervised("inner")).start(world.system());
  REQUIRE_FALSE(tree);
  auto why = classify(tree.error());
  REQUIRE(why.causes.size() == 2);
  CHECK(why.causes[0].child == "inner");
  CHECK(why.causes[1] == exit_cause{"databases", "store", exit_kind::crashed, "no disk", "failed_to_start_child"});
}

TEST_CASE("tree: start returns when all children are ready") {
  threaded_system world;
  diary a;
  auto tree = supervisor_spec{}.add(worker("a", a)).add(child<never_ready>("b")).start(world.system());
  CHECK(tree);
  CHECK(a.starts() == 1);
  CHECK_FALSE(tree.end());
  tree.stop();
  CHECK(tree.end() == exit_info{exit_kind::shutdown, {}});
  a.actors.clear();
}

TEST_CASE("tree: a root that gives up tells which crash led to its end, through all supervisors") {
  threaded_system world;
  std::promise<caf::actor> first;
  auto inner = supervisor_spec{}.name("shards").intensity({0, 5s}).add(fragile("shard 1", first));
  auto tree = supervisor_spec{}.name("root").intensity({0, 5s}).add(inner.supervised("presence")).start(world.system());
  REQUIRE(tree);
  std::promise<exit_info> told;
  tree.on_end([&](const exit_info& why) { told.set_value(why); });
  caf::anon_send(first.get_future().get(), std::string{"crash"});
  auto why = tree.wait();
  CHECK(told.get_future().get() == why);
  CHECK(to_string(why) == "shutdown: reached_max_restart_intensity");
  REQUIRE(why.causes.size() == 2);
  CHECK(why.causes[0].supervisor == "root");
  CHECK(why.causes[0].child == "presence");
  CHECK(why.causes[1]
        == exit_cause{"shards", "shard 1", exit_kind::crashed, "told to crash", "reached_max_restart_intensity"});
  CHECK(explain(why)
        == "shutdown: reached_max_restart_intensity (supervisor root: child presence: shutdown: "
           "reached_max_restart_intensity; "
           "supervisor shards: child shard 1: crashed: told to crash)");
}

TEST_CASE("tree: on_end after the end is called at once") {
  threaded_system world;
  auto tree = supervisor_spec{}.start(world.system());
  tree.stop();
  auto told = 0;
  tree.on_end([&](const exit_info& why) { told += why.kind == exit_kind::shutdown ? 1 : 0; });
  CHECK(told == 1);
}

TEST_CASE("tree: a handle that was moved tells the end too") {
  threaded_system world;
  auto tree = supervisor_spec{}.start(world.system());
  std::promise<exit_kind> told;
  tree.on_end([&](const exit_info& why) { told.set_value(why.kind); });
  auto moved = std::move(tree);
  signal_exit(moved.root(), exits::shutdown());
  CHECK(told.get_future().get() == exit_kind::shutdown);
  CHECK(moved.wait().kind == exit_kind::shutdown);
}
