#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "apps/chat/game_actor.hpp"
#include "apps/chat/games.hpp"
#include "supervision/lookup/actor_slot.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/registry.hpp>

namespace chat {

using namespace bennu::engine;

/// What the games of a node share; outlives their actors.
struct game_table {
  game_table(bennu::node& of, std::shared_ptr<chat_metrics> counted) : home(of), numbers(std::move(counted)) {}

  bennu::node& home;
  const std::shared_ptr<chat_metrics> numbers;

  /// The games that run here, by their ids. The keeper hears of each that begins.
  bennu::registry names;

  /// All of them under one key, each with its id, for whoever asks for all.
  bennu::registry running{bennu::registry_keys::duplicate};
  static constexpr const char* all_games = "games";

  bennu::engine::actor_slot pool;
  bennu::engine::actor_slot keeper;
};

/// Finds the game that a question is for: here, or on the node that owns it; and starts it where it does not run yet.
///
/// Accepts `game_request`, `broadcast_ptr` of `games_topic`, `key_registered` for each game that begins here, and the hub's `link_up` and
/// `link_down`. Remembers the last state of every game that any node told of, so that a game goes on elsewhere when its node is lost.
/// When a node comes, the games that it owns now end here, and each side asks the other for all states that it knows; when both sides
/// played on while they were apart, the longer game stands. A start takes a while, and the nodes or the state may change meanwhile: a game
/// that has begun is checked again. A question that a game did not come to before it crashed or ended is asked again: of the restarted
/// game, or of the node where the game went.
/// Started beside the games' dynamic supervisor, `permanent`. A new one asks for the states anew; questions that were under way are
/// answered "unavailable".
class game_keeper : public bennu::process {
public:
  game_keeper(caf::actor_config& config, std::shared_ptr<game_table> table);

  std::string label() const override { return "game keeper"; }

protected:
  caf::behavior make_behavior() override;

private:
  using clock_type = std::chrono::steady_clock;

  struct known_game {
    uint64_t version = 0;
    nlohmann::json state;
    clock_type::time_point heard{};
  };

  void attend();
  void find(const game_request& x, clock_type::time_point until);
  void serve(const game_request& x, clock_type::time_point until);
  bool forward(const game_request& x, clock_type::time_point until);
  void ask_again(const game_request& x, clock_type::time_point until);
  bennu::child_spec game_child(const std::string& id) const;
  void hear(const bennu::broadcast& x);
  void hear_state(const nlohmann::json& x);
  void hear_question(const nlohmann::json& x);
  void hear_answer(const nlohmann::json& x);
  void nodes_changed();
  void begun(const std::string& id, const caf::actor& game);
  bool owned_here(const std::string& id) const;
  void tell_all(const std::string& node);
  std::vector<std::string> nodes() const;
  void tidy();

  const std::shared_ptr<game_table> table_;
  std::set<std::string> others_; ///< nodes that are connected
  std::map<std::string, known_game> known_;
  std::map<uint64_t, std::shared_ptr<game_question>> asked_; ///< of other nodes
  uint64_t last_ref_ = 0;
};

} // namespace chat
