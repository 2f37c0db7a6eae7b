#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/chat/store.hpp"

namespace chat {

/// Tic-tac-toe, as a value.
///
/// The first two users who enter, or move, are X and O; whoever comes later watches. X begins. The board is over when three in a row are
/// the same or no cell is free.
class game {
public:
  static constexpr int cells = 9;

  /// Gives `who` a free side, unless it has one. @returns whether that changed anything.
  bool enter(const user& who);

  /// Nothing when the move was made; else why it was not, in the contract's words.
  /// REQUIRES: `cell` is 0 to 8.
  std::optional<const char*> move(const user& who, int cell);

  /// An empty board, with the sides changed; only when the game is over, and only for who played it.
  std::optional<const char*> play_again(const user& who);

  /// Changes so far: of two states of one game the one with the greater number is the newer one.
  uint64_t version() const noexcept { return version_; }

  bool over() const noexcept;

  /// `{"board":[9 of "","X","O"],"turn":"X"|"O"|null,"winner":"X"|"O"|"draw"|null,"players":{"X":user|null,"O":user|null}}`.
  nlohmann::json state() const;

  /// The game with this state. @throws nlohmann::json::exception or std::out_of_range when it is none.
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

/// Which of `nodes` runs a game: the same answer on every node that knows the same ones, and few games move when one comes or goes.
/// Source: rendezvous hashing (Thaler and Ravishankar, 1998). REQUIRES: `nodes` is not empty.
const std::string& owner_of(const std::string& game_id, const std::vector<std::string>& nodes);

} // namespace chat
