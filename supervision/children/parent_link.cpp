#include "supervision/children/parent_link.hpp"

#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/local_actor.hpp>
#include <caf/system_messages.hpp>

#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {

parent_link::parent_link(const caf::actor_config& cfg) {
  if (cfg.parent == nullptr)
    return;
  address_ = cfg.parent->address();
  handle_ = caf::actor_cast<caf::actor>(address_);
}

bool parent_link::sent(const caf::exit_msg& x, const caf::actor_addr& self) const noexcept {
  if (address_)
    return x.source == address_;
  return !x.source || x.source == self; // CAF's anonymous signals name the receiver as their source
}

void parent_link::acknowledge(caf::event_based_actor* self) {
  if (auto parent = std::exchange(handle_, nullptr))
    bennu::acknowledge(self, parent);
}

} // namespace bennu::engine
