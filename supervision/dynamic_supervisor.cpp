#include "supervision/dynamic_supervisor.hpp"

#include <stdexcept>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include "supervision/dynamic_supervisor_actor.hpp"

namespace bennu {

child_spec dynamic_supervisor(dynamic_supervisor_options options) {
  auto id = options.name;
  auto start = [options = std::move(options)](caf::event_based_actor* parent, const start_cause&) -> start_result {
    return parent->spawn<dynamic_supervisor_actor>(options);
  };
  return child_spec{std::move(id), std::move(start)}.as_supervisor();
}

caf::actor spawn_dynamic_supervisor(caf::actor_system& system, dynamic_supervisor_options options) {
  return system.spawn<dynamic_supervisor_actor>(std::move(options));
}

void start_child(const caf::actor& supervisor, child_recipe_ptr recipe) {
  caf::anon_send(supervisor, start_child_command{std::move(recipe)});
}

void start_child(const caf::actor& supervisor, child_spec spec) {
  if (auto fault = check(spec))
    throw std::invalid_argument(classify(fault).text);
  start_child(supervisor, make_recipe(std::move(spec)));
}

} // namespace bennu
