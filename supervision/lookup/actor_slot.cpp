#include "supervision/lookup/actor_slot.hpp"

#include <utility>

namespace bennu::engine {

child_spec registered_in(actor_slot& slot, child_spec spec) {
  spec.start = [&slot, start = std::move(spec.start)](caf::event_based_actor* parent, const start_cause& cause) {
    auto result = start(parent, cause);
    if (result.child())
      slot.set(result.child());
    return result;
  };
  return spec;
}

} // namespace bennu::engine
