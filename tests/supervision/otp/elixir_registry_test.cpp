#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/supervision/test_child.hpp"
#include "tests/supervision/threaded_system.hpp"
#include "tests/supervision/virtual_system.hpp"
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/registry.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>
#include <bennu/supervision/supervisor_error.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

/// A listener that keeps what it was told, as texts.
class ear : public process {
public:
  ear(caf::actor_config& cfg, std::vector<std::string>& heard) : process(cfg), heard_(heard) {}

protected:
  caf::behavior make_behavior() override {
    return {
      [this](const key_registered& x) { heard_.push_back("+" + x.key + " in " + x.registry); },
      [this](const key_unregistered& x) { heard_.push_back("-" + x.key + " in " + x.registry); },
      [this](const std::string& x) { heard_.push_back(x); },
    };
  }

private:
  std::vector<std::string>& heard_;
};

struct name_table {
  std::vector<std::string> heard;
  registry table;
  virtual_system world;

  explicit name_table(registry_keys how) : table(how, "names") {}

  caf::actor child() { return world.own(world.system().spawn<test_child>()); }
  caf::actor listener() { return world.own(world.system().spawn<ear>(heard)); }

  void end(const caf::actor& x) {
    caf::anon_send(x, std::string{"crash"});
    world.settle();
  }
};

caf::message text(std::string x) {
  return caf::make_message(std::move(x));
}

bool is_text(const caf::message& value, const std::string& x) {
  return value.match_elements<std::string>() && value.get_as<std::string>(0) == x;
}

constexpr auto taken = registry_error::already_registered;
using keys = std::vector<std::string>;

} // namespace

TEST_CASE("otp: registry unique: a key is registered once, and looked up with its value") {
  name_table test{registry_keys::unique};
  auto a = test.child();
  CHECK_FALSE(test.table.add("hello", a, text("world")));
  auto found = test.table.lookup("hello");
  REQUIRE(found.size() == 1);
  CHECK(found[0].actor == a);
  CHECK(is_text(found[0].value, "world"));
  CHECK(test.table.keys(a) == keys{"hello"});
  CHECK(test.table.add("hello", a) == make_error(taken));
  CHECK(test.table.add("hello", test.child()) == make_error(taken));
  CHECK(test.table.keys(a) == keys{"hello"});
  CHECK(test.table.lookup("other").empty());
}

TEST_CASE("otp: registry unique: the entry is gone with its actor, and the name is free") {
  name_table test{registry_keys::unique};
  auto a = test.child();
  test.table.add("hello", a);
  test.end(a);
  CHECK(test.table.lookup("hello").empty());
  CHECK(test.table.keys(a).empty());
  CHECK(test.table.count() == 0);
  auto b = test.child();
  CHECK_FALSE(test.table.add("hello", b));
  CHECK(test.table.find("hello") == b);
}

TEST_CASE("otp: registry unique: only its owner unregisters a key, and the name is then free") {
  name_table test{registry_keys::unique};
  auto a = test.child();
  auto b = test.child();
  test.table.add("hello", a);
  CHECK(test.table.remove("hello", b) == 0);
  CHECK(test.table.remove("hello", a) == 1);
  CHECK(test.table.remove("hello", a) == 0);
  CHECK(test.table.keys(a).empty());
  CHECK_FALSE(test.table.add("hello", b));
}

TEST_CASE("otp: registry unique: only its owner updates a value") {
  name_table test{registry_keys::unique};
  auto a = test.child();
  test.table.add("count", a, caf::make_message(1));
  auto more = [](const caf::message& x) { return caf::make_message(x.get_as<int>(0) + 1); };
  CHECK(test.table.update("count", a, more));
  CHECK_FALSE(test.table.update("count", test.child(), more));
  CHECK_FALSE(test.table.update("other", a, more));
  CHECK(test.table.lookup("count")[0].value.get_as<int>(0) == 2);
}

TEST_CASE("otp: registry duplicate: a key has many actors, and one of them more than once") {
  name_table test{registry_keys::duplicate};
  auto a = test.child();
  auto b = test.child();
  CHECK_FALSE(test.table.add("topic", a, text("1")));
  CHECK_FALSE(test.table.add("topic", a, text("2")));
  CHECK_FALSE(test.table.add("topic", b, text("3")));
  CHECK_FALSE(test.table.add("other", b));
  CHECK(test.table.lookup("topic").size() == 3);
  CHECK(test.table.keys(a) == keys{"topic", "topic"});
  CHECK(test.table.values("topic", a).size() == 2);
  CHECK(test.table.count() == 4);
  CHECK(test.table.remove("topic", a) == 2);
  CHECK(test.table.lookup("topic").size() == 1);
  test.end(b);
  CHECK(test.table.count() == 0);
}

TEST_CASE("otp: registry duplicate: unregister_match removes the entries with a matching value") {
  name_table test{registry_keys::duplicate};
  auto a = test.child();
  test.table.add("topic", a, text("1"));
  test.table.add("topic", a, text("2"));
  CHECK(test.table.remove_if("topic", a, [](auto& x) { return is_text(x, "1"); }) == 1);
  CHECK(test.table.keys(a) == keys{"topic"});
  CHECK(is_text(test.table.lookup("topic").at(0).value, "2"));
}

TEST_CASE("otp: registry match and count select by value") {
  name_table test{registry_keys::duplicate};
  auto a = test.child();
  auto b = test.child();
  test.table.add("topic", a, text("red"));
  test.table.add("topic", b, text("blue"));
  auto red = test.table.match("topic", [](auto& x) { return is_text(x, "red"); });
  REQUIRE(red.size() == 1);
  CHECK(red[0].actor == a);
  CHECK(test.table.count("topic") == 2);
  CHECK(test.table.count("other") == 0);
}

TEST_CASE("otp: registry dispatch reaches every entry under the key, and no other") {
  name_table test{registry_keys::duplicate};
  auto a = test.listener();
  auto b = test.listener();
  test.table.add("topic", a);
  test.table.add("topic", b);
  test.table.add("other", b);
  CHECK(test.table.dispatch("topic", text("hi")) == 2);
  CHECK(test.table.dispatch("nobody", text("hi")) == 0);
  test.world.settle();
  CHECK(test.heard == keys{"hi", "hi"});
}

TEST_CASE("otp: registry listeners are told registrations, removals and ends, in order") {
  name_table test{registry_keys::unique};
  test.table.listen(test.listener());
  auto a = test.child();
  test.table.add("a", a);
  test.table.add("b", a);
  test.table.add("b", a); // refused, so no listener is told
  test.table.remove("a", a);
  test.end(a);
  CHECK(test.heard == keys{"+a in names", "+b in names", "-a in names", "-b in names"});
}

TEST_CASE("registry: an actor that listens twice, or also to a key, is told once") {
  name_table test{registry_keys::unique};
  const auto listener = test.listener();
  test.table.listen(listener);
  test.table.listen(listener);
  CHECK(test.table.listen("a", listener).empty());
  CHECK(test.table.listen("a", listener).empty());
  const auto a = test.child();
  test.table.add("a", a);
  CHECK(test.table.listen("a", listener).size() == 1);
  test.table.stop_listening("a", listener);
  test.table.remove("a", a);
  test.world.settle();
  CHECK(test.heard == keys{"+a in names", "-a in names"});
}

TEST_CASE("otp: registry via: a child is found by its name, also after a restart") {
  name_table test{registry_keys::unique};
  diary book;
  auto spec = test.table.naming("worker", worker("w", book));
  auto tree = test.world.own(supervisor_spec{}.add(std::move(spec)).spawn(test.world.system()));
  CHECK(test.table.find("worker") == book.last());
  test.end(book.last());
  REQUIRE(book.starts() == 2);
  CHECK(test.table.find("worker") == book.last());
  CHECK(test.table.count() == 1);
}

TEST_CASE("otp: simple_global_supervisor: a supervisor's name is free for its next incarnation, and taken for others") {
  name_table test{registry_keys::unique};
  diary book;
  auto named = test.table.naming("the one", worker("w", book));
  auto first = test.world.own(supervisor_spec{}.add(named).spawn(test.world.system()));
  auto second = test.world.own(supervisor_spec{}.add(named).spawn(test.world.system()));
  CHECK(test.world.events("supervisor.start_failed") == 1); // the name is taken, so the boot failed
  REQUIRE(book.starts() == 1);                              // and its start function did not run
  CHECK(test.table.find("the one") == book.actors[0]);
  signal_exit(first, exits::shutdown());
  test.world.settle();
  CHECK_FALSE(test.table.find("the one"));
  test.world.own(supervisor_spec{}.add(named).spawn(test.world.system()));
  CHECK(test.table.find("the one") == book.last());
}

TEST_CASE("otp: registry via: a child whose name is taken does not start, and the error tells who has it") {
  name_table test{registry_keys::unique};
  diary book;
  auto named = test.table.naming("the one", worker("w", book).restart_as(restart::temporary));
  auto pool = test.world.own(spawn_dynamic_supervisor(test.world.system()));
  auto first = test.world.ask<child_started>(pool, start_child_command{make_recipe(named)});
  REQUIRE(first.actor);
  test.world.ask<child_started>(pool, start_child_command{make_recipe(named)});
  CHECK(test.world.error() == make_error(supervisor_error::already_started));
  CHECK(actor_of(test.world.error()) == first.actor);
  CHECK(classify(test.world.error()).text == "the name 'the one' is taken");
  CHECK(book.starts() == 1);
}

TEST_CASE("otp: registry via: a start that registers the same name itself is refused, and nothing is left") {
  name_table test{registry_keys::unique};
  auto pool = test.world.own(spawn_dynamic_supervisor(test.world.system()));
  diary book;
  auto inner = worker("inner", book);
  auto outer = child_spec{"outer", [&](caf::event_based_actor* parent, const start_cause& cause) {
                            return test.table.naming("the one", inner).start(parent, cause);
                          }};
  test.world.ask<child_started>(pool, start_child_command{make_recipe(test.table.naming("the one", outer))});
  CHECK(test.world.error() == make_error(supervisor_error::already_started));
  CHECK(book.starts() == 0);
  CHECK_FALSE(test.table.find("the one"));
}

TEST_CASE("otp: registry: get_or_start starts an actor once and returns it to every caller") {
  name_table test{registry_keys::unique};
  diary book;
  auto pool = test.world.own(spawn_dynamic_supervisor(test.world.system()));
  auto get = [&] { return test.table.get_or_start("lobby", worker("room", book).restart_as(restart::temporary)); };
  auto first = test.world.ask<child_started>(pool, get()).actor;
  REQUIRE(first);
  CHECK(test.world.ask<child_started>(pool, get()).actor == first);
  CHECK(book.starts() == 1);
  CHECK(test.world.ask<child_counts>(pool, count_children_command{}).specs == 1);
  test.end(first);
  auto second = test.world.ask<child_started>(pool, get()).actor;
  REQUIRE(second);
  CHECK(second != first);
}

TEST_CASE("otp: registry: get_or_start from two threads starts one actor") {
  threaded_system world;
  registry rooms;
  auto one = spawn_dynamic_supervisor(world.system());
  auto other = spawn_dynamic_supervisor(world.system());
  for (auto i = 0; i < 50; ++i) {
    auto get = [&] {
      return rooms.get_or_start(std::to_string(i), child<test_child>("room").restart_as(restart::temporary));
    };
    caf::scoped_actor asker{world.system()};
    auto a = asker->request(one, 10s, get());
    auto b = asker->request(other, 10s, get());
    caf::actor first;
    caf::actor second;
    auto fail = [](caf::error& why) { FAIL(to_string(classify(why))); };
    a.receive([&](const child_started& x) { first = x.actor; }, fail);
    b.receive([&](const child_started& x) { second = x.actor; }, fail);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first == second);
  }
  for (auto& x : {one, other})
    signal_exit(x, exits::shutdown());
}

TEST_CASE("otp: registry: select finds entries by key and value") {
  name_table test{registry_keys::duplicate};
  auto a = test.child();
  auto b = test.child();
  test.table.add("room:1", a, caf::make_message(1));
  test.table.add("room:2", b, caf::make_message(2));
  test.table.add("other", b, caf::make_message(2));
  auto seen = test.table.select([](const registry_entry& x) { return x.key.starts_with("room:"); });
  CHECK(seen.size() == 2);
  seen = test.table.select([&](const registry_entry& x) { return x.actor == b && x.value.get_as<int>(0) == 2; });
  CHECK(seen.size() == 2);
  test.end(b);
  CHECK(test.table.select([](const registry_entry&) { return true; }).size() == 1);
}

TEST_CASE("otp: registry: dispatch with a function chooses among all registered actors") {
  name_table test{registry_keys::duplicate};
  auto calls = 0;
  auto count = [&](const std::vector<registration>& all) { calls += static_cast<int>(all.size()); };
  CHECK(test.table.dispatch("room", count) == 0);
  CHECK(calls == 0);
  test.table.add("room", test.child());
  test.table.add("room", test.child());
  CHECK(test.table.dispatch("room", count) == 2);
  CHECK(calls == 2);
}
