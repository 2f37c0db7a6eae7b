#include "actors/client/unsent.hpp"

#include "actors/client/channel_actor.hpp"
#include "actors/client/session.hpp"

namespace bennu::engine {

size_t unsent_bytes(const caf::event_based_actor& self) {
  return static_cast<const channel_actor&>(self).membership().owner().session().waiting_bytes();
}

} // namespace bennu::engine
