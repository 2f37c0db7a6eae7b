#pragma once

#include <string>

#include <caf/allowed_unsafe_message_type.hpp>

#include "apps/chat/games.hpp"
#include "apps/chat/services.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>

namespace chat {

/// Tic-tac-toe, as one client sees it. Topic `game:ID`, no join params; ID is 1-64 ASCII letters, digits, `_` and `-`.
///
/// A game with the id of a private room is only for the members of that room. The join gives the client a free side,
/// and its reply is the state. `move {"cell"}` is answered ok `{}` or with the reason why not; `again {}` starts
/// again when the game is over. Every change is broadcast as `game_state`. The game itself is another actor, perhaps
/// on another node, whose answers arrive as messages.
class game_channel : public bennu::channel {
public:
  game_channel(bennu::channel_context context, services_ptr shared);

  bennu::join_result join(const bennu::json& params) override;
  const bennu::event_table& handle_in() const override;
  caf::message_handler handle_info() override;

private:
  void decide(const result<room_access>& found);
  void seated(const game_answer& x);
  void ask(game_command::kind what);
  bennu::reply move(const bennu::json& in, game_command::kind what);
  std::string game_id() const { return std::string{subtopic()}; }

  services_ptr shared_;
  user me_;
  bool joined_ = false;
  bennu::json told_; ///< the state in the reply to the join
};

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::game_answer)
