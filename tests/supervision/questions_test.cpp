#include "supervision/process/questions.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "supervision/children/children_part.hpp"
#include "supervision/process/crash_report.hpp"
#include "tests/supervision/test_child.hpp"
#include "tests/supervision/virtual_system.hpp"
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/supervisor.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace bennu::engine;

namespace {

/// Keeps texts, and tells how many bytes they have.
class keeper : public process {
public:
  keeper(caf::actor_config& config, bool keeps) : process(config) { keep_unhandled(keeps); }

  size_t memory() const noexcept override {
    size_t result = 0;
    for (const auto& x : texts_)
      result += x.size();
    return result;
  }

protected:
  caf::behavior make_behavior() override {
    return {[this](std::string& x) { texts_.push_back(std::move(x)); }};
  }

private:
  std::vector<std::string> texts_;
};

/// Writes down the numbers that it gets.
class listener : public process {
public:
  listener(caf::actor_config& config, std::vector<int>& heard) : process(config), heard_(heard) {}

protected:
  caf::behavior make_behavior() override {
    return {[this](int x) { heard_.push_back(x); }};
  }

private:
  std::vector<int>& heard_;
};

using numbers = std::vector<int>;

struct paused_case {
  numbers heard;
  virtual_system world;
  caf::actor whom = world.own(world.system().spawn<listener>(std::ref(heard)));
  std::shared_ptr<process_pause> pause = std::make_shared<process_pause>();

  void send(bool begins, const std::shared_ptr<process_pause>& which) {
    const auto priority = begins ? caf::message_priority::high : caf::message_priority::normal;
    whom->eq_impl(caf::make_message_id(priority), nullptr, nullptr, pause_process{begins, which});
    if (!begins)
      caf::anon_send(whom, 0); // which comes after all that has waited
    world.settle();
  }

  void say(std::initializer_list<int> all) {
    for (const auto x : all)
      caf::anon_send(whom, x);
    world.settle();
  }
};

std::vector<std::string> ids_of(const children_part& x) {
  std::vector<std::string> result;
  for (const auto& child : x.rows)
    result.push_back(child.id);
  return result;
}

} // namespace

TEST_CASE("a process tells how many bytes it holds, whatever it does with messages that it does not handle") {
  for (const bool keeps : {false, true}) {
    virtual_system world;
    const auto whom = world.own(world.system().spawn<keeper>(keeps));
    CHECK(world.ask<size_t>(whom, ask_memory{}) == 0);
    caf::anon_send(whom, std::string(1'000, 'x'));
    CHECK(world.ask<size_t>(whom, ask_memory{}) == 1'000);
  }
}

TEST_CASE("a paused process handles nothing, and afterwards all messages in their order") {
  paused_case test;
  test.say({1});
  test.send(true, test.pause);
  test.say({2, 3});
  CHECK(test.heard == numbers{1});
  test.send(false, test.pause);
  CHECK(test.heard == numbers{1, 2, 3, 0});
  test.say({4});
  CHECK(test.heard == numbers{1, 2, 3, 0, 4});
  const auto another = std::make_shared<process_pause>();
  test.send(true, another);
  caf::anon_send<caf::message_priority::high>(test.whom, 5);
  test.say({});
  CHECK(test.heard.back() == 4);
  test.send(false, another);
  CHECK(std::count(test.heard.begin(), test.heard.end(), 5) == 1);
}

TEST_CASE("a paused process still obeys exit signals") {
  paused_case test;
  test.send(true, test.pause);
  signal_exit(test.whom, exits::shutdown());
  test.world.settle();
  CHECK_FALSE(is_alive(test.whom));
}

TEST_CASE("the late end of an old pause does not end a new one, and a pause that is over does not begin") {
  paused_case test;
  test.send(true, test.pause);
  test.send(false, test.pause);
  const auto second = std::make_shared<process_pause>();
  test.send(true, second);
  test.send(false, test.pause);
  test.say({1});
  CHECK(test.heard == numbers{0});
  test.send(false, second);
  CHECK(test.heard == numbers{0, 0, 1, 0});
  test.send(true, test.pause);
  test.say({2});
  CHECK(test.heard.back() == 2);
}

TEST_CASE("a supervisor answers the part of its children that is asked for, and searches some at a time") {
  diary book;
  virtual_system world;
  SUBCASE("a dynamic one") {
    const auto pool = world.own(spawn_dynamic_supervisor(world.system(), {}));
    for (int i = 0; i < 1'200; ++i)
      start_child(pool, worker("w" + std::to_string(i), book));
    world.settle();
    const auto page = world.ask<children_part>(pool, list_children_command{.skip = 1'000, .limit = 2});
    CHECK(ids_of(page) == std::vector<std::string>{"w1000", "w1001"});
    CHECK(page.total == 1'200);
    CHECK_FALSE(page.next);
    CHECK(world.ask<children_part>(pool, list_children_command{.limit = 0}).rows.empty());
    list_children_command search{.matches = [](const seen_child& x) { return x.id.ends_with("99"); }};
    std::vector<std::string> found;
    size_t parts = 0, matches = 0;
    for (auto more = true; more; ++parts) {
      const auto part = world.ask<children_part>(pool, search);
      for (const auto& id : ids_of(part))
        found.push_back(id);
      matches += part.matches;
      more = part.next.has_value();
      search.at = part.next.value_or(0);
    }
    CHECK(matches == 12);
    CHECK(found.size() == 12);
    CHECK(found.back() == "w1199");
    CHECK(parts == 3); // 500 places each
  }
  SUBCASE("a static one, in the order of the starts") {
    supervisor_spec spec{one_for_one};
    for (int i = 0; i < 5; ++i)
      spec.add(worker("w" + std::to_string(i), book));
    const auto tree = world.own(spec.spawn(world.system()));
    const auto page = world.ask<children_part>(tree, list_children_command{.skip = 1, .limit = 2});
    CHECK(ids_of(page) == std::vector<std::string>{"w1", "w2"});
    CHECK(page.total == 5);
    list_children_command search{.matches = [](const seen_child& x) { return x.actor != 0 && x.id > "w2"; }};
    CHECK(ids_of(world.ask<children_part>(tree, search)) == std::vector<std::string>{"w3", "w4"});
    search.skip = 2;
    CHECK(world.ask<children_part>(tree, search).rows.empty());
  }
  book.actors.clear();
}
