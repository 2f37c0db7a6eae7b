#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "apps/chat/services.hpp"
#include "apps/chat/user_socket.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/channel_options.hpp>
#include <bennu/actors/message.hpp>

namespace chat {

/// Limits how fast one client may join rooms, or games: each join asks the database and is announced to everybody in
/// the room. A page that reconnects joins all its rooms at once; a connection has at most 100 channels, so a burst of
/// 120 suffices. After that, five a second are faster than anybody clicks.
inline bennu::channel_options room_options() {
  return {.limits = {.joins = bennu::rate{5, std::chrono::seconds{1}, 120}}};
}

/// The same for rooms. A client that comes back within `age` gets the messages that it missed, without asking the
/// database; 0 is no history. The other events are about the moment: who is here now, the client learns by presence.
inline bennu::channel_options room_options(std::chrono::seconds age) {
  auto result = room_options();
  if (age.count() > 0)
    result.history = bennu::history{.age = age};
  result.live_events = {"user_joined", "user_left", "user_typing"};
  return result;
}

/// A chat room, as one client sees it. Topic `room:ID`; the join param `since` is the position of the last message that
/// the client has.
///
/// The join is answered when the store has told whether the user may enter. A message is stored before others see it:
/// the reply waits for the disk, the io unit does not. The answers of the database arrive as messages. `announcement`
/// sends what is stored after the channel has ended.
///
/// After the join the client receives `recent_messages`, unless it gets what it missed; the others receive
/// `user_joined`, presence tracks the user, and the client receives `presence_state`. While the database is away, the
/// channel asks for the messages again until they come; the rest does not wait for them. The events are `new_message`,
/// `typing`, `update_status`, `older_messages` and `members`; README.md describes them.
///
/// Each user has a limit on events that go to the whole room. Above it, `typing` is dropped, and the last status is
/// shown as soon as the limit allows.
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
  std::optional<bennu::reply> judge(const std::string& body);
  bennu::reply older_messages(const bennu::json& in);
  bennu::reply members();
  bennu::reply refused(const char* why) const;
  void decide(const result<room_access>& found);
  void begin_visit(const room& place);
  void ask_for_history();
  void arrive();
  void tell_typing(const bennu::json& in);
  void update_status(const bennu::json& in);
  void show_status();
  bool asks_too_much();
  std::string room_id() const { return std::string{subtopic()}; }
  std::string presence_key() const { return std::to_string(me_.id); }

  services_ptr shared_;
  user me_;
  std::shared_ptr<room_visit> visit_;
  bool status_waits_ = false;
  bool repaired_ = false; ///< the room and the client know of this visit already
};

} // namespace chat
