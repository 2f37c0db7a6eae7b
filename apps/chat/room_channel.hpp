#pragma once

#include <memory>
#include <string>

#include "apps/chat/room_visit.hpp"
#include "apps/chat/services.hpp"
#include <bennu/actors/channel.hpp>

namespace chat {

/// A chat room for one client. Topic `room:ID`, no join params.
///
/// The join waits until the store has answered who may enter. A message is stored before others see it: the reply
/// waits for the disk, the io unit does not. The answers of the database arrive as messages. If the channel has ended
/// meanwhile, see `announcement`.
///
/// After the join follow `recent_messages`, `user_joined` to the others, presence, and `presence_state`. While the
/// database is down, the channel requests the history repeatedly; nothing else waits for it. Besides the events of
/// the contract there are `older_messages {"before"}` (ok `{"messages"}`, at most 50, oldest first) and `members` (ok
/// `{"members":[user]}`).
class room_channel : public bennu::channel {
public:
  room_channel(bennu::channel_context context, services_ptr shared);

  bennu::join_result join(const bennu::json& params) override;
  const bennu::event_table& handle_in() const override;
  caf::message_handler handle_info() override;
  void restarted(const bennu::exit_info& crash) override;
  void terminate(const caf::error& reason) override;

private:
  bennu::reply new_message(const bennu::json& in);
  bennu::reply older_messages(const bennu::json& in);
  bennu::reply members();
  bennu::reply refused(const char* why) const;
  void decide(const result<room_access>& found);
  void begin_visit(const room& place);
  void ask_for_history();
  void arrive();
  void update_status(const bennu::json& in);
  std::string room_id() const { return std::string{subtopic()}; }
  std::string presence_key() const { return std::to_string(me_.id); }

  services_ptr shared_;
  user me_;
  std::shared_ptr<room_visit> visit_;
  bool repaired_ = false; ///< the room and the client know of this visit already
};

} // namespace chat
