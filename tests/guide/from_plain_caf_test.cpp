// The code of apps/guide/from-plain-caf.md.
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/registry.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace std::chrono_literals;
using bennu::json;

namespace plain {

struct cell_state {
  int value = 0;
};

/// An actor as in any program with CAF. It crashes when it is asked to hold a negative number.
caf::behavior cell(caf::stateful_actor<cell_state>* self, int value) {
  self->state.value = value;
  return {
    [self](caf::put_atom, int x) {
      if (x < 0)
        throw std::invalid_argument{"negative"};
      self->state.value = x;
    },
    [self](caf::get_atom) { return self->state.value; },
  };
}

bennu::child_spec supervised_cell(bennu::registry names) {
  return {"cell", [names](caf::event_based_actor* parent, const bennu::start_cause&) mutable -> bennu::start_result {
            auto actor = parent->spawn(cell, 0);
            names.add("cell", actor);
            return actor;
          }};
}

struct visitor : bennu::socket {
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};

/// Topic `cell`: what the actor knows, for clients.
class cell_channel : public bennu::channel_of<cell_channel> {
public:
  cell_channel(bennu::channel_context context, bennu::registry names) : channel_of(context), names_(std::move(names)) {}

  bennu::join_result join(const json&) override { return bennu::accept{}; }

  static bennu::events<cell_channel> events_in() {
    return {{"get", [](cell_channel& me, const json&) { me.ask(); }},
            {"put", [](cell_channel& me, const json& in) {
               me.self()->send(me.names_.find("cell"), caf::put_atom::value, in.at("value").get<int>());
             }}};
  }

private:
  void ask() {
    auto later = defer(); // the reply to this event, given when the actor has answered
    self()
      ->request(names_.find("cell"), 5s, caf::get_atom::value)
      .then(
        [later](int x) {
          later.ok({{"value", x}});
        },
        [later](caf::error&) {
          later.error({{"reason", "unavailable"}});
        });
  }

  bennu::registry names_;
};

TEST_CASE("guide: an actor of plain CAF restarts under a supervisor") {
  caf::actor_system_config settings;
  caf::actor_system system{settings};
  bennu::registry names;
  auto tree = bennu::supervisor_spec{bennu::one_for_one}.add(supervised_cell(names)).start(system);
  REQUIRE(tree);
  caf::scoped_actor self{system};
  const auto first = names.find("cell");
  self->monitor(first);
  self->send(first, caf::put_atom::value, -1);
  self->receive([](const caf::down_msg& x) { CHECK(bennu::classify(x.reason).kind == bennu::exit_kind::crashed); });
  names.listen("cell", self);
  auto second = names.find("cell");
  if (!second || second == first) // it is being started
    self->receive([&](const bennu::key_registered& x) { second = x.actor; });
  self->request(second, 10s, caf::get_atom::value)
    .receive([](int x) { CHECK(x == 0); }, [](caf::error&) { FAIL("no answer"); });
}

TEST_CASE("guide: a channel asks an actor of plain CAF") {
  bennu::registry names;
  auto cells = bennu::endpoint{"/socket"}.serve<visitor>().channel<cell_channel>("cell", {}, names);
  bennu::channel_case test{std::move(cells),
                           {.children = [names](bennu::node&) { return std::vector{supervised_cell(names)}; }}};
  auto ann = test.connect().join("cell");
  ann.push("put", {{"value", 7}});
  ann.expect_reply(ann.push("get"), "ok", {{"value", 7}});
}

} // namespace plain
