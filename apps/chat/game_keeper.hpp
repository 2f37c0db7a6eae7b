#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/chat/game_actor.hpp"
#include "apps/chat/games.hpp"
#include "supervision/lookup/current_actor.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/registry.hpp>

namespace chat {

using namespace bennu::engine;

/// What the games of a node share. It outlives their actors.
struct game_table {
  game_table(bennu::node& of, std::shared_ptr<chat_metrics> counted) : home(of), numbers(std::move(counted)) {}

  bennu::node& home;
  const std::shared_ptr<chat_metrics> numbers;

  /// The games that run here, by their ids. The keeper learns of each game that starts.
  bennu::registry names;

  /// All games under one key, each with its id, for requests to all of them.
  bennu::registry running{bennu::registry_keys::duplicate};
  static constexpr const char* all_games = "games";

  bennu::engine::current_actor pool;
  bennu::engine::current_actor keeper;
};

/// Finds the game of a question, here or on the node that owns it, and starts it if it does not run yet.
///
/// It accepts `game_request`, `broadcast_ptr` of `games_topic`, `key_registered` for each game that starts here, and
/// the hub's `link_up` and `link_down`. It remembers the last state of every game that any node has sent, so that a
/// game continues elsewhere when its node is lost.
///
/// When a node connects, the games that it owns now end here, and each side asks the other for all states that it
/// knows. When both sides played on while they were separated, the longer game counts. A start takes a while, and the
/// nodes or the state may change meanwhile: a game that has started is checked again. A question that a game did not
/// handle before it crashed or ended is asked again: to the restarted game, or to the node that has the game now.
///
/// It is started next to the games' dynamic supervisor, `permanent`. After a restart it asks for the states again;
/// pending questions are answered "unavailable".
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
  std::set<std::string> others_; ///< connected nodes
  std::map<std::string, known_game> known_;
  std::map<uint64_t, std::shared_ptr<game_question>> asked_; ///< questions to other nodes
  uint64_t last_ref_ = 0;
};

/// The games of all connected nodes. Each game runs on the node that owns it. A node without connections owns all
/// games.
class cluster_games : public game_registry {
public:
  cluster_games(bennu::node& home, std::shared_ptr<chat_metrics> numbers);
  ~cluster_games() override;

  void ask(const std::string& id, game_command what, std::function<void(game_answer)> then) override;

  /// The games and their keeper as a child of a supervision tree. Before it runs, and after it has ended, the answer
  /// is "unavailable".
  bennu::child_spec supervised() const;

private:
  std::shared_ptr<game_table> table_;
};

} // namespace chat
