#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/deferred_reply.hpp"

namespace chat {

/// What the store tells a channel: the last messages of its room, or a user's notifications.
struct history_read {
  bennu::payload content;
};

/// A message of this channel's client is on disk.
struct message_stored {
  int64_t id;
  bennu::payload content;
  std::vector<std::pair<int64_t, bennu::payload>> notifications; ///< user id, content
  bennu::deferred_reply answer;
};

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::history_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::message_stored)
