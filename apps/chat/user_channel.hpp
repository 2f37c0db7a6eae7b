#pragma once

#include <cstdint>
#include <set>

#include "apps/chat/services.hpp"
#include <bennu/actors/channel.hpp>

namespace chat {

/// What concerns one user alone: mentions. Topic `user:ID`, for that user.
///
/// The join is deferred until the store has told the unread notifications. Those that are stored between that answer and the
/// subscription are asked for once more, so none is missed; each is told once.
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
  std::set<int64_t> told_; ///< ids of notifications that the client has
};

} // namespace chat
