#include "supervision/dynamic_supervisor.hpp"

#include <stdexcept>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/sec.hpp>

#include "supervision/dynamic_supervisor_actor.hpp"

namespace bennu {

namespace {

void require(const caf::error& fault) {
  if (fault)
    throw std::invalid_argument(classify(fault).text);
}

} // namespace

caf::error check(const dynamic_supervisor_options& options) {
  if (options.when > auto_shutdown::all_significant)
    return caf::make_error(caf::sec::invalid_argument,
                           "auto_shutdown must be never, any_significant or all_significant");
  return check(options.intensity, "the intensity of a supervisor");
}

child_spec dynamic_supervisor(dynamic_supervisor_options options) {
  require(check(options));
  auto id = options.name;
  auto start = [options = std::move(options)](caf::event_based_actor* parent, const start_cause&) -> start_result {
    return parent->spawn<dynamic_supervisor_actor>(options);
  };
  return child_spec{std::move(id), std::move(start)}.as_supervisor();
}

caf::actor spawn_dynamic_supervisor(caf::actor_system& system, dynamic_supervisor_options options) {
  require(check(options));
  return system.spawn<dynamic_supervisor_actor>(std::move(options));
}

} // namespace bennu
