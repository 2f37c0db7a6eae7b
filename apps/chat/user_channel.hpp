#pragma once

#include <cstdint>
#include <set>

#include "apps/chat/services.hpp"
#include <bennu/actors/channel.hpp>

namespace chat {

/// The notifications of one user: mentions. Topic `user:ID`; only that user may join.
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

  services_ptr shared_;
  int64_t me_ = 0;
  bool joined_ = false;
  std::set<int64_t> told_; ///< the ids of the notifications that the client has received
};

} // namespace chat
