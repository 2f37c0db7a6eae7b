#pragma once

#include <caf/abstract_actor.hpp>
#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>

namespace bennu::engine {

/// Whether an actor has not ended yet. An actor that its supervisor has left behind counts as ended. Thread safety:
/// any thread may ask. The answer may be outdated when it arrives, but false stays false.
bool is_alive(const caf::actor& x) noexcept;

/// The actor at this address; null when it has ended.
inline caf::actor live_actor(const caf::actor_addr& x) noexcept {
  auto result = caf::actor_cast<caf::actor>(x);
  return is_alive(result) ? result : caf::actor{};
}

} // namespace bennu::engine
