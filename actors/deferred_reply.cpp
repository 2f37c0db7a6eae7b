#include "actors/deferred_reply.hpp"

#include <caf/send.hpp>

namespace bennu {

void deferred_reply::answer(reply x) const {
  caf::anon_send(channel_, deferred_answer{ref_, std::move(x)});
}

} // namespace bennu
