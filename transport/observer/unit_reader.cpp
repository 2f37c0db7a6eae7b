#include "transport/observer/unit_reader.hpp"

#include <utility>

#include <caf/message.hpp>

#include "actors/client/unit_services.hpp"
#include "supervision/lookup/current_actor.hpp"
#include <bennu/supervision/child.hpp>

namespace bennu::engine {

unit_reader::unit_reader(caf::actor_config& config, unit_services& of) : process(config, of.lane.unit), of_(of) {}

std::string unit_reader::label() const {
  return "observer of unit " + std::to_string(of_.lane.index);
}

caf::behavior unit_reader::make_behavior() {
  return {
    [this](const run_unit_task& x) {
      run({x.what, std::make_shared<caf::response_promise>(make_response_promise())});
    },
    [this](const next_step& x) { run(x); },
  };
}

void unit_reader::run(const next_step& x) {
  if (!x.what->is_unwanted.load(std::memory_order_relaxed) && x.what->step(of_))
    send(this, x);
  else
    x.asker->deliver(caf::message{});
}

child_spec unit_reader_child(unit_services& of, current_actor& place) {
  return registered_in(place, child<unit_reader>("unit " + std::to_string(of.lane.index), std::ref(of)));
}

} // namespace bennu::engine
