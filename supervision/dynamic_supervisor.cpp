#include <bennu/supervision/dynamic_supervisor.hpp>

#include <utility>

#include <caf/actor_system.hpp>

#include "supervision/dynamic/dynamic_supervisor_actor.hpp"
#include <bennu/supervision/child.hpp>

namespace bennu {

using namespace engine;

caf::error check(const dynamic_supervisor_options& options) {
  if (auto fault = check(options.when))
    return fault;
  return check(options.intensity, "the intensity of a supervisor");
}

child_spec dynamic_supervisor(dynamic_supervisor_options options) {
  require(check(options));
  auto id = options.name;
  return child<dynamic_supervisor_actor>(std::move(id), std::move(options)).as_supervisor();
}

caf::actor spawn_dynamic_supervisor(caf::actor_system& system, dynamic_supervisor_options options) {
  require(check(options));
  return system.spawn<dynamic_supervisor_actor>(std::move(options));
}

} // namespace bennu
