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

/// Where each message of a room is told in short, for those who have the room in their list and not open:
/// `room_message`. No client may join it; see `user_channel`.
std::string activity_topic(const std::string& room_id);

/// The news of a stored message: `new_message` to its room, `notification` to each whom it mentions, `room_message` to
/// those who watch.
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
  std::string activity_topic_;
  bennu::payload activity_;
  bool told_ = false;
};

} // namespace chat
