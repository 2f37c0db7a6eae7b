#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "tests/supervision/otp/otp_case.hpp"
#include "tests/supervision/threaded_system.hpp"
#include <bennu/supervision/process_groups.hpp>
#include <bennu/supervision/stash.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

using lines = std::vector<std::string>;

/// Notes what it is told of a group.
class watcher : public process {
public:
  watcher(caf::actor_config& cfg, lines& heard) : process(cfg), heard_(heard) {}

protected:
  caf::behavior make_behavior() override {
    return {
      [this](const key_registered& x) { heard_.push_back("join " + x.key + " of " + x.registry); },
      [this](const key_unregistered& x) { heard_.push_back("leave " + x.key); },
      [this](int x) { heard_.push_back(std::to_string(x)); },
    };
  }

private:
  lines& heard_;
};

struct groups_case {
  lines heard;
  virtual_system world;
  process_groups groups{"scope"};

  caf::actor member() { return world.own(world.system().spawn<test_child>()); }
  caf::actor listener() { return world.own(world.system().spawn<watcher>(std::ref(heard))); }
};

using actors = std::vector<caf::actor>;

} // namespace

TEST_CASE("otp: process_groups: an actor is a member as often as it has joined") {
  groups_case test;
  auto a = test.member();
  auto b = test.member();
  CHECK_FALSE(test.groups.join("g", a));
  CHECK_FALSE(test.groups.join("g", b));
  CHECK_FALSE(test.groups.join("g", a));
  CHECK(test.groups.members("g") == actors{a, b, a});
  CHECK(test.groups.leave("g", a));
  CHECK(test.groups.members("g") == actors{b, a});
  CHECK(test.groups.leave("g", a));
  CHECK_FALSE(test.groups.leave("g", a));
  CHECK(test.groups.members("g") == actors{b});
}

TEST_CASE("otp: process_groups: an actor that ends leaves all its groups, and an empty group is gone") {
  groups_case test;
  auto a = test.member();
  test.groups.join("g", a);
  test.groups.join("h", a);
  CHECK(test.groups.groups() == lines{"g", "h"});
  caf::anon_send(a, std::string{"crash"});
  test.world.settle();
  CHECK(test.groups.members("g").empty());
  CHECK(test.groups.groups().empty());
  CHECK(test.groups.join("g", a) == make_error(registry_error::not_alive));
}

TEST_CASE("otp: process_groups: every member is sent a message once per membership") {
  groups_case test;
  auto a = test.listener();
  test.groups.join("g", a);
  test.groups.join("g", a);
  CHECK(test.groups.send("g", caf::make_message(7)) == 2);
  CHECK(test.groups.send("other", caf::make_message(7)) == 0);
  test.world.settle();
  CHECK(test.heard == lines{"7", "7"});
}

TEST_CASE("otp: process_groups: a monitor learns the members, and then only the changes of that group") {
  groups_case test;
  auto a = test.member();
  auto b = test.member();
  test.groups.join("g", a);
  auto listener = test.listener();
  CHECK(test.groups.monitor("g", listener) == actors{a});
  test.groups.join("other", b);
  test.groups.join("g", b);
  test.groups.leave("g", a);
  caf::anon_send(b, std::string{"crash"});
  test.world.settle();
  CHECK(test.heard == lines{"join g of scope", "leave g", "leave g"});
  test.groups.demonitor("g", listener);
  test.groups.join("g", a);
  test.world.settle();
  CHECK(test.heard.size() == 3);
}

TEST_CASE("otp: process_groups: a monitor that begins while others join learns of each exactly once") {
  constexpr auto joins = 200;
  threaded_system world;
  lines heard;
  process_groups groups;
  auto member = caf::actor{world.system().spawn<test_child>()};
  auto listener = caf::actor{world.system().spawn<watcher>(std::ref(heard))};
  std::thread joiner{[&] {
    for (auto i = 0; i < joins; ++i)
      groups.join("g", member);
  }};
  auto before = groups.monitor("g", listener).size();
  joiner.join();
  caf::scoped_actor self{world.system()};
  signal_exit(member, exits::shutdown());
  self->wait_for(member);
  caf::anon_send(listener, 1); // after everything that the group sent
  while (groups.members("g").size() != 0) {}
  caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
  member = nullptr;
  self->wait_for(listener);
  auto told = static_cast<size_t>(std::count(heard.begin(), heard.end(), "join g of pg"));
  CHECK(before + told == joins);
}

TEST_CASE("stash: what one life stores, the next one takes out, once") {
  stash<std::string> kept;
  auto copy = kept;
  CHECK_FALSE(kept.take());
  kept.put("first");
  kept.put("second");
  CHECK(copy.get() == "second");
  CHECK(copy.take() == "second");
  CHECK_FALSE(kept.take());
}
