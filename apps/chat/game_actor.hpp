#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>

#include "apps/chat/chat_metrics.hpp"
#include "apps/chat/games.hpp"
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/process.hpp>

namespace chat {

/// The topic on which nodes exchange `state`, `ask` and `answer` about their games. Clients cannot join it.
inline constexpr const char* games_topic = "chat:games";

/// The state of a game after its last completed move. It outlives the actor that plays the game, so that the next
/// actor continues there.
/// Thread safety: any thread.
class game_record {
public:
  explicit game_record(game x) : now_(std::move(x)) {}

  game get() const {
    std::lock_guard guard{mutex_};
    return now_;
  }
  void set(game x) {
    std::lock_guard guard{mutex_};
    now_ = std::move(x);
  }

private:
  mutable std::mutex mutex_;
  game now_;
};

using game_record_ptr = std::shared_ptr<game_record>;
using game_question = question<game_answer>;

/// A request to a game.
struct game_request {
  std::string id;
  game_command what;
  std::shared_ptr<game_question> open;
};

/// Asks a game to send its current state to the other nodes and to its keeper.
using tell_state = caf::atom_constant<caf::atom("tellstate")>;

/// Another node has a newer state of this game.
struct game_news {
  game newer;
};

/// One game.
///
/// Accepts `game_request`, `game_news` and `tell_state`. Sends each change to the topic of the game (`game_state`)
/// and to the other nodes (`state`). The dynamic supervisor of the games starts it, `transient`: after a crash it
/// continues from its record, without the move that crashed; the client of that move receives "crashed". It ends
/// after ten minutes without a request.
class game_actor : public bennu::process {
public:
  game_actor(caf::actor_config& config, std::string id, game_record_ptr record, bennu::pubsub& topics,
             std::shared_ptr<chat_metrics> numbers);

  std::string label() const override { return "game " + id_; }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  void handle(const game_request& x);
  void keep(const game& next);
  void tell_nodes(const game& now) const;

  const std::string id_;
  const game_record_ptr record_;
  bennu::pubsub& topics_;
  const std::shared_ptr<chat_metrics> numbers_;
  bool touched_ = true;
};

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::game_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::game_news)
