#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <caf/actor_system.hpp>
#include <caf/all.hpp>

#include <bennu/actors/message.hpp>
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/gen_server.hpp>
#include <bennu/supervision/registry.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>
#include <bennu/supervision/task_supervisor.hpp>
#include <bennu/supervision/tree.hpp>

/// The actors of the guide "Supervision".
namespace auctions {

struct bid {
  std::string who;
  int amount = 0;
};

struct best {};

} // namespace auctions

BENNU_MESSAGE(auctions::bid)
BENNU_MESSAGE(auctions::best)

namespace auctions {

using namespace std::chrono_literals;

/// One auction. Its state begins anew after a crash.
class auction : public bennu::gen_server<bid> {
public:
  auction(caf::actor_config& cfg, std::string lot, bennu::registry names)
    : gen_server(cfg), lot_(std::move(lot)), names_(std::move(names)) {}

  std::string label() const override { return "auction:" + lot_; }

protected:
  bennu::init_result init() override {
    if (auto taken = names_.add(lot_, this))
      return bennu::init_result::stop(taken);
    return bennu::init_result::ok();
  }

  caf::message_handler handle_messages() override {
    return {
      [this](const bid& x) {
        if (x.amount <= 0)
          throw std::invalid_argument{"a bid is positive"};
        if (x.amount > state.amount)
          state = x;
        return state.who == x.who;
      },
      [this](best) { return state.amount; },
    };
  }

private:
  std::string lot_;
  bennu::registry names_;
};

/// Counts how often it was started.
class ledger : public bennu::gen_server<int> {
public:
  using gen_server::gen_server;

protected:
  caf::message_handler handle_messages() override {
    return {[this](int x) { return state += x; }};
  }
};

namespace {

struct fixture {
  bennu::config settings;
  caf::actor_system system{settings};
  bennu::registry lots;
  bennu::registry services;

  bennu::supervision_tree start() {
    auto known = [names = services](const std::string& name) {
      return [names, name](const caf::actor& x) { names.add(name, x); };
    };
    return bennu::supervisor_spec{bennu::rest_for_one}
      .name("auctions")
      .intensity({3, 10s})
      .add(bennu::child<ledger>("ledger"))
      .add(bennu::dynamic_supervisor({.name = "houses", .announce = known("houses")}))
      .start(system);
  }

  bennu::child_spec lot(const std::string& name) const {
    return bennu::child<auction>(name, name, lots).restart_as(bennu::restart::transient).limit_to({5, 10s});
  }

  template <class Answer, class... Ts>
  Answer ask(const caf::actor& whom, Ts... xs) {
    Answer result{};
    caf::scoped_actor self{system};
    self->request(whom, 10s, std::move(xs)...)
      .receive([&](Answer& x) { result = std::move(x); },
               [&](caf::error& why) { FAIL_CHECK(bennu::to_string(bennu::classify(why))); });
    return result;
  }

  void start_lot(const std::string& name) {
    ask<bennu::child_started>(services.find("houses"), bennu::start_child_command{bennu::make_recipe(lot(name))});
  }
};

} // namespace

TEST_CASE("guide: an auction that crashes is restarted alone, and found by its name") {
  fixture all;
  auto tree = all.start();
  REQUIRE(tree);
  all.start_lot("vase");
  all.start_lot("lamp");
  CHECK(all.ask<bool>(all.lots.find("lamp"), bid{"ann", 5}));
  caf::scoped_actor self{all.system};
  all.lots.listen("vase", self);
  self->send(all.lots.find("vase"), bid{"bob", -1}); // throws
  self->receive([](const bennu::key_unregistered& x) { CHECK(x.key == "vase"); });
  caf::actor second;
  self->receive([&](const bennu::key_registered& x) { second = x.actor; }); // it runs again
  CHECK(all.ask<int>(second, best{}) == 0);
  CHECK(all.ask<int>(all.lots.find("lamp"), best{}) == 5);
}

TEST_CASE("guide: two auctions of one lot are refused by the registry") {
  fixture all;
  auto tree = all.start();
  all.start_lot("vase");
  caf::scoped_actor self{all.system};
  self->request(all.services.find("houses"), 10s, bennu::start_child_command{bennu::make_recipe(all.lot("vase"))})
    .receive([](bennu::child_started&) { FAIL_CHECK("it was started"); },
             [](caf::error& why) { CHECK(why == bennu::make_error(bennu::registry_error::already_registered)); });
}

TEST_CASE("guide: a task that throws is an error value of its caller") {
  fixture all;
  bennu::task_supervisor tasks;
  auto tree = bennu::supervisor_spec{}.add(tasks.supervised("tasks")).start(all.system);
  caf::scoped_actor self{all.system};
  tasks.async_nolink(self, [] { return 42; }).receive([](int x) { CHECK(x == 42); }, [](caf::error&) { FAIL("42"); });
  tasks.async_nolink(self, []() -> int { throw std::runtime_error{"no disk"}; })
    .receive([](int) { FAIL("a value"); }, [](caf::error& why) { CHECK(bennu::classify(why).text == "no disk"); });
}

TEST_CASE("guide: a tree says how it ended") {
  fixture all;
  auto tree = all.start();
  bennu::signal_exit(tree.root(), bennu::exits::shutdown("the shop closes"));
  CHECK(bennu::to_string(tree.wait()) == "shutdown: the shop closes");
}

} // namespace auctions
