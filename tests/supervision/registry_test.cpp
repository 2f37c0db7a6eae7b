#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <caf/send.hpp>

#include "tests/supervision/test_child.hpp"
#include "tests/supervision/threaded_system.hpp"
#include "tests/supervision/virtual_system.hpp"
#include <bennu/supervision/registry.hpp>
#include <bennu/supervision/supervisor.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

struct gate {
  std::promise<void> reached;
  std::promise<void> open;
  std::shared_future<void> opened = open.get_future().share();
};

/// An actor whose handler blocks until the test opens it.
class stuck_child : public process {
public:
  stuck_child(caf::actor_config& cfg, gate& where) : process(cfg), reached_(where.reached), opened_(where.opened) {}

protected:
  caf::behavior make_behavior() override {
    return {[this](int) {
      reached_.set_value();
      opened_.wait();
    }};
  }

private:
  std::promise<void>& reached_;
  std::shared_future<void> opened_; // its own copy, because the test may be over before it wakes
};

} // namespace

TEST_CASE("registry: an actor that has ended cannot be registered") {
  virtual_system world;
  registry names;
  auto a = world.own(world.system().spawn<test_child>());
  caf::anon_send(a, std::string{"stop"});
  world.settle();
  CHECK(names.add("a", a) == make_error(registry_error::not_alive));
  CHECK(names.add("a", caf::actor{}) == make_error(registry_error::not_alive));
  CHECK(names.count() == 0);
}

TEST_CASE("registry: the late end of an actor does not remove the name of its successor") {
  virtual_system world;
  registry names;
  auto a = world.own(world.system().spawn<test_child>());
  auto b = world.own(world.system().spawn<test_child>());
  names.add("name", a);
  names.remove("name", a);
  names.add("name", b);
  caf::anon_send(a, std::string{"crash"});
  world.settle();
  CHECK(names.find("name") == b);
}

TEST_CASE("registry: an evicted actor loses its names and cannot register again") {
  virtual_system world;
  registry names;
  auto a = world.own(world.system().spawn<test_child>());
  names.add("x", a);
  names.evict(a);
  CHECK_FALSE(names.find("x"));
  CHECK(names.keys(a).empty());
  CHECK(names.add("x", a) == make_error(registry_error::not_alive));
}

TEST_CASE("registry: a stuck child that is replaced loses its name to its replacement") {
  gate door;
  threaded_system world;
  registry names;
  auto started = std::make_shared<std::atomic<int>>(0);
  auto start = [started, &door](caf::event_based_actor* parent, const start_cause&) -> start_result {
    return ++*started == 1 ? parent->spawn<stuck_child, caf::detached>(door) : parent->spawn<test_child>();
  };
  auto spec = child_spec{"w", start}.shutdown_as(shutdown_policy::brutal_kill());
  auto booted = world.event("supervisor.child_started", "id", "sibling");
  auto zombie = world.event("supervisor.zombie", "id");
  auto sibling = child_spec{"sibling", [](caf::event_based_actor* parent, const start_cause&) -> start_result {
                              return parent->spawn<test_child>();
                            }};
  registry others;
  auto tree = supervisor_spec{one_for_all}
                .add(names.naming("name", std::move(spec)))
                .add(others.naming("sibling", std::move(sibling)))
                .start(world.system());
  booted.wait();
  auto stuck = names.find("name");
  caf::anon_send(stuck, 1);
  door.reached.get_future().wait();
  auto restarted = world.event("supervisor.child_started", "id");
  caf::anon_send(others.find("sibling"), std::string{"crash"}); // the crash also ends the linked, stuck child
  CHECK(zombie.get() == "w");
  CHECK(restarted.get() == "w");
  auto now = names.find("name");
  CHECK(now);
  CHECK(now != stuck);
  CHECK(names.add("another", stuck) == make_error(registry_error::not_alive));
  door.open.set_value();
  tree.stop();
}

TEST_CASE("registry: it outlives the actor system of its actors") {
  registry names;
  {
    virtual_system world;
    auto a = world.own(world.system().spawn<test_child>());
    names.add("a", a);
    CHECK(names.count() == 1);
  }
  CHECK(names.count() == 0);
  CHECK_FALSE(names.find("a"));
}

TEST_CASE("registry: after threads registered, removed and ended actors, the table holds only living ones") {
  threaded_system world;
  registry unique{registry_keys::unique};
  registry many{registry_keys::duplicate};
  std::atomic<int> wrong{0};
  constexpr auto each = 400;
  std::latch ended{4 * each};
  auto busy = [&](int seed) {
    for (auto i = 0; i < each; ++i) {
      auto who = world.system().spawn<test_child>();
      // The functor that is attached first is called last.
      who->attach_functor([&](const caf::error&) { ended.count_down(); });
      auto key = std::to_string((seed + i) % 7);
      unique.add(key, who);
      many.add(key, who);
      many.add(key, who);
      if (auto values = many.lookup(key); values.size() < 2)
        ++wrong; // at least the two of this thread
      if (i % 3 == 0 && many.remove(key, who) != 2)
        ++wrong;
      unique.find(key);
      caf::anon_send(who, std::string{"stop"});
    }
  };
  std::vector<std::thread> threads;
  for (auto i = 0; i < 4; ++i)
    threads.emplace_back(busy, i);
  for (auto& x : threads)
    x.join();
  ended.wait();
  CHECK(wrong == 0);
  CHECK(unique.count() == 0);
  CHECK(many.count() == 0);
}
