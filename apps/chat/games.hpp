#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "apps/chat/game.hpp"
#include <bennu/supervision/child_spec.hpp>

namespace chat {

/// A callback that is called exactly once: with an answer, or with a refusal when the last reference to the question
/// goes unanswered.
///
/// A full queue, a pool that stops or a job that throws drops its reference, and need not remember to answer.
/// Thread safety: any thread may answer; the first answer counts.
template <class T>
class question {
public:
  question(std::function<void(T)> callback, T refusal) : callback_(std::move(callback)), refusal_(std::move(refusal)) {}
  virtual ~question() {
    if (!answered_)
      callback_(std::move(refusal_));
  }
  question(const question&) = delete;
  question& operator=(const question&) = delete;

  /// @returns false, and drops `x`, when there was an answer before.
  bool answer(T x) {
    if (answered_.exchange(true))
      return false;
    std::exchange(callback_, nullptr)(std::move(x));
    return true;
  }

private:
  std::atomic<bool> answered_ = false;
  std::function<void(T)> callback_;
  T refusal_;
};

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
