#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apps/chat/store.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/payload.hpp>
#include <bennu/actors/pubsub.hpp>

namespace chat {

/// The announcements that follow a stored message: `new_message` to its room, and `notification` to each user that it
/// mentions.
///
/// The channel of the author sends them, so that the author receives the message before the reply. If that channel
/// has ended (the window was closed, the channel crashed), the destructor of the last reference sends them, so that
/// others see every stored message.
class announcement {
public:
  announcement(bennu::pubsub& topics, const stored_message& what);
  ~announcement();
  announcement(const announcement&) = delete;
  announcement& operator=(const announcement&) = delete;

  void tell(const bennu::channel& by);

private:
  bennu::pubsub& topics_;
  std::string room_topic_;
  bennu::payload message_;
  std::vector<std::pair<std::string, bennu::payload>> notifications_; ///< topic, content
  bool told_ = false;
};

} // namespace chat
