#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "apps/chat/game.hpp"
#include <bennu/supervision/child_spec.hpp>

namespace chat {

/// What a channel asks of a game.
struct game_command {
  enum class kind : uint8_t {
    enter, ///< take a free side; the answer is the state
    look,  ///< the answer is the state
    move,
    again,
    crash, ///< as `move`, but the game's actor crashes before it is done
  };

  kind what = kind::look;
  user who;
  int cell = 0;
};

/// `{"reason"}` when it is not `ok`. "crashed" and "unavailable" are reasons, too.
struct game_answer {
  bool ok = false;
  nlohmann::json body;
};

/// The games of the whole cluster, as channels see them.
///
/// A game begins when somebody asks for it, on the node that `owner_of` names, and is one supervised actor. Every change is broadcast on
/// its topic as `game_state`. A game that nobody touched for half an hour is forgotten.
/// Thread safety: any thread.
class game_registry {
public:
  virtual ~game_registry() = default;

  /// Asks the game `id`; `then` is called once, on any thread: it must be short and must not throw.
  virtual void ask(const std::string& id, game_command what, std::function<void(game_answer)> then) = 0;
};

} // namespace chat
