#pragma once

#include <caf/allowed_unsafe_message_type.hpp>

#include "apps/chat/announcement.hpp"
#include "apps/chat/store.hpp"
#include <bennu/actors/deferred_reply.hpp>

namespace chat {

/// A message of this channel's client is stored: announce it, then reply.
struct message_stored {
  std::shared_ptr<announcement> news;
  int64_t id;
  bennu::deferred_reply answer;
};

} // namespace chat

// The answers of the store, as they arrive at a channel.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::result<chat::room_access>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::result<std::vector<chat::message>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::result<std::vector<chat::notification>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::message_stored)
