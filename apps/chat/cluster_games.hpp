#pragma once

#include <memory>

#include "apps/chat/game_keeper.hpp"
#include "apps/chat/games.hpp"

namespace chat {

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
