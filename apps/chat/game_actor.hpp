#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>

#include "apps/chat/chat_metrics.hpp"
#include "apps/chat/games.hpp"
#include "apps/chat/question.hpp"
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/process.hpp>

namespace chat {

/// Where nodes tell one another of their games: `state`, `ask`, `answer`. No client may join it.
inline constexpr const char* games_topic = "chat:games";

/// What a game looks like after the last move that was done: outlives the actor that plays it, so that the next one goes on there.
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

/// A question on its way to a game.
struct game_request {
  std::string id;
  game_command what;
  std::shared_ptr<game_question> open;
};

/// Asks a game to tell its present state to the other nodes and to its own keeper.
using tell_state = caf::atom_constant<caf::atom("tellstate")>;

/// Another node knows a newer state of this game.
struct game_news {
  game newer;
};

/// One game.
///
/// Accepts `game_request`, `game_news` and `tell_state`; tells the game's topic `game_state` and the other nodes `state` of each change.
/// Started by the games' dynamic supervisor, `transient`: after a crash it goes on from its record, where the move that crashed was not
/// made; whoever asked for that move hears "crashed". Ends by itself after ten minutes in which nobody asked.
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
