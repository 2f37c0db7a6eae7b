#include "apps/chat/announcement.hpp"

#include "apps/chat/wire_format.hpp"

namespace chat {

announcement::announcement(bennu::pubsub& topics, const stored_message& what)
  : topics_(topics), room_topic_("room:" + what.text.room_id), message_(to_json(what.text)) {
  for (auto& x : what.notifications)
    notifications_.emplace_back("user:" + std::to_string(x.user_id), to_json(x));
}

announcement::~announcement() {
  if (told_)
    return;
  topics_.broadcast(room_topic_, "new_message", message_);
  for (auto& [topic, content] : notifications_)
    topics_.broadcast(topic, "notification", content);
}

void announcement::tell(const bennu::channel& by) {
  told_ = true;
  by.broadcast_to(room_topic_, "new_message", message_);
  for (auto& [topic, content] : notifications_)
    by.broadcast_to(topic, "notification", content);
}

} // namespace chat
