#pragma once

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/wire/serializer.hpp"
#include <bennu/actors/reply.hpp>

namespace bennu::engine {

/// A message to a channel: the deferred reply to an event. `reply::none()` means that there will be none.
struct deferred_answer {
  raw_ref ref;
  reply answer;
};

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::deferred_answer)
