#pragma once

#include <caf/abstract_actor.hpp>
#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>

namespace bennu::engine {

/// Whether an actor has not ended yet; one that its supervisor left behind counts as ended. Any thread may ask. True may be outdated when
/// it arrives; false stays false.
bool is_alive(const caf::actor& x) noexcept;

/// The actor at this address; null when it has ended.
inline caf::actor live_actor(const caf::actor_addr& x) noexcept {
  auto result = caf::actor_cast<caf::actor>(x);
  return is_alive(result) ? result : caf::actor{};
}

} // namespace bennu::engine
