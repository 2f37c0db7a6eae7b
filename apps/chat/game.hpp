#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/chat/store.hpp"

namespace chat {

/// A game of tic-tac-toe. A plain value.
///
/// The first two users who enter or move play X and O; later ones watch. X begins. The game is over when three in a
/// row are equal or no cell is free.
class game {
public:
  static constexpr int cells = 9;

  /// Gives `who` a free side unless the user has one. @returns whether the game changed.
  bool enter(const user& who);

  /// Returns nothing when the move was made, else the reason why not, as the contract words it.
  /// REQUIRES: `cell` is 0 to 8.
  std::optional<const char*> move(const user& who, int cell);

  /// Starts again with an empty board and exchanged sides. Only when the game is over, and only for its players.
  std::optional<const char*> play_again(const user& who);

  /// The number of changes so far: of two states of a game, the one with the greater number is newer.
  uint64_t version() const noexcept { return version_; }

  bool over() const noexcept;

  /// `{"board":[9 of "","X","O"],"turn":"X"|"O"|null,"winner":"X"|"O"|"draw"|null,
  /// "players":{"X":user|null,"O":user|null}}`.
  nlohmann::json state() const;

  /// The game with this state. @throws nlohmann::json::exception or std::out_of_range when it is malformed.
  static game from(const nlohmann::json& state, uint64_t version);

private:
  int side_of(const user& who) const noexcept; ///< 0: X, 1: O, -1: none
  int turn() const noexcept;
  char winner() const noexcept; ///< 'X', 'O' or ' '
  bool full() const noexcept;

  std::array<char, cells> board_{' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
  std::array<std::optional<user>, 2> players_;
  uint64_t version_ = 0;
};

/// Which of `nodes` runs a game. All nodes with the same list agree, and few games move when a node joins or leaves.
/// Source: rendezvous hashing (Thaler and Ravishankar, 1998). REQUIRES: `nodes` is not empty.
const std::string& owner_of(const std::string& game_id, const std::vector<std::string>& nodes);

} // namespace chat
