#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "apps/chat/game.hpp"
#include <bennu/supervision/child_spec.hpp>

namespace chat {

/// A request of a channel to a game.
struct game_command {
  enum class kind : uint8_t {
    enter, ///< take a free side; the answer is the state
    look,  ///< the answer is the state
    move,
    again,
    crash, ///< like `move`, but the actor of the game crashes before the move is complete
  };

  kind what = kind::look;
  user who;
  int cell = 0;
};

/// `{"reason"}` when it is not `ok`. Reasons include "crashed" and "unavailable".
struct game_answer {
  bool ok = false;
  nlohmann::json body;
};

/// The games of the whole cluster, as channels use them.
///
/// The first request starts a game, on the node that `owner_of` names, as one supervised actor. Every change is
/// broadcast on its topic as `game_state`. A game without requests for half an hour is forgotten.
/// Thread safety: any thread.
class game_registry {
public:
  virtual ~game_registry() = default;

  /// Sends a request to the game `id`. `then` is called once, on any thread; it must return quickly and must not
  /// throw.
  virtual void ask(const std::string& id, game_command what, std::function<void(game_answer)> then) = 0;
};

} // namespace chat
