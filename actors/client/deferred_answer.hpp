#pragma once

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/wire/serializer.hpp"
#include <bennu/actors/reply.hpp>

namespace bennu::engine {

/// To a channel: the answer that it owes to an event; `reply::none()`: there will be none.
struct deferred_answer {
  raw_ref ref;
  reply answer;
};

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::deferred_answer)
