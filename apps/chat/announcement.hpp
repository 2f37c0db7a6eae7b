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

/// The news of a stored message: `new_message` to its room, `notification` to each whom it mentions.
///
/// The author's channel tells it, so that the author sees the message before the reply. When that channel has gone meanwhile (the
/// window was closed, the channel crashed), the last who holds the news tells it: what is stored is seen.
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
