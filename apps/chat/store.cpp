#include "apps/chat/store.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "apps/chat/wire_format.hpp"

namespace chat {

std::string activity_topic(const std::string& room_id) {
  return "activity:" + room_id;
}

announcement::announcement(bennu::pubsub& topics, const stored_message& what)
  : topics_(topics), room_topic_("room:" + what.text.room_id), message_(to_json(what.text)),
    activity_topic_(activity_topic(what.text.room_id)),
    activity_(json{{"room_id", what.text.room_id}, {"message_id", what.text.id}, {"user_id", what.text.author.id}}) {
  for (auto& x : what.notifications)
    notifications_.emplace_back("user:" + std::to_string(x.user_id), to_json(x));
}

announcement::~announcement() {
  if (told_)
    return;
  topics_.broadcast(room_topic_, "new_message", message_);
  for (auto& [topic, content] : notifications_)
    topics_.broadcast(topic, "notification", content);
  topics_.broadcast(activity_topic_, "room_message", activity_);
}

void announcement::tell(const bennu::channel& by) {
  told_ = true;
  by.broadcast_to(room_topic_, "new_message", message_);
  for (auto& [topic, content] : notifications_)
    by.broadcast_to(topic, "notification", content);
  by.broadcast_to(activity_topic_, "room_message", activity_);
}

void store_health::failed(bool in_write, const std::string& why) {
  std::lock_guard guard{mutex_};
  in_write_ = in_write_ || in_write;
  if (std::exchange(trouble_, why.empty() ? "unknown" : why).empty())
    listener_(trouble_);
}

void store_health::succeeded(bool in_write) {
  std::lock_guard guard{mutex_};
  if (trouble_.empty() || (in_write_ && !in_write))
    return;
  trouble_.clear();
  in_write_ = false;
  listener_(trouble_);
}

std::string store_health::trouble() const {
  std::lock_guard guard{mutex_};
  return trouble_;
}

} // namespace chat
