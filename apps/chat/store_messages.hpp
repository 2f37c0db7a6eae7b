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

/// What is unread in the rooms that a client watches.
struct unread_found {
  result<std::vector<unread_room>> unread;
  std::shared_ptr<const std::vector<seen_room>> rooms; ///< that were asked for
  bennu::deferred_reply answer;
  bool subscribed; ///< to those in which something may be unread
};

} // namespace chat

// The answers of the store, as they arrive at a channel.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::result<chat::room_access>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::result<std::vector<chat::message>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::result<std::vector<chat::notification>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::message_stored)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::unread_found)
