#include "actors/actor_slot.hpp"

namespace bennu {

child_spec registered_in(actor_slot& slot, child_spec spec) {
  spec.on_started([&slot](const caf::actor& child) { slot.set(child); });
  return spec;
}

} // namespace bennu
