#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "apps/chat/services.hpp"
#include "apps/chat/store_pool.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>

namespace chat {

/// Serves one user: mentions, and messages in rooms that are not open. Topic `user:ID`; only that user may join.
///
/// `watch {"rooms":{ID: id of the last message that was seen}}`, at most 100, is answered ok `{"unread":{ID:
/// {"count","last"}}}` with the rooms that the user may join; a count of 100 stands for more, `last` is the id of the
/// last message that was counted. From then on each message in these rooms is pushed as `room_message
/// {"room_id","message_id","user_id"}`, until the next `watch`.
///
/// The join is deferred until the store has returned the unread notifications. Notifications that were stored between
/// that answer and the subscription are requested once more, so that none is missed. Each is delivered once.
class user_channel : public bennu::channel {
public:
  user_channel(bennu::channel_context context, services_ptr shared);

  bennu::join_result join(const bennu::json& params) override;
  const bennu::event_table& handle_in() const override;
  const bennu::event_table& handle_out() const override;
  caf::message_handler handle_info() override;

private:
  void ask_for_unread();
  void joined_with(const std::vector<notification>& unread);
  void tell(int64_t id, const bennu::payload& content);
  bennu::reply mark_read(const bennu::json& in);
  bennu::reply watch(const bennu::json& in);
  void ask_for_unread_in(const std::shared_ptr<const std::vector<seen_room>>& rooms,
                         const bennu::deferred_reply& answer, bool subscribed);
  void found(const unread_found& x);
  void watch_rooms(const std::vector<unread_room>& rooms);

  services_ptr shared_;
  user me_;
  bool joined_ = false;
  std::set<std::string> watched_; ///< topics
  std::set<int64_t> told_;        ///< ids of notifications that the client has
};

} // namespace chat
