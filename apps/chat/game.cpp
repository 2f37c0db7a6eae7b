#include "apps/chat/game.hpp"

#include <algorithm>
#include <utility>

#include "apps/chat/wire_format.hpp"
#include "supervision/process/numbers.hpp"

namespace chat {

namespace {

constexpr std::array<char, 2> marks = {'X', 'O'};
constexpr int lines[][3] = {{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {0, 3, 6}, {1, 4, 7}, {2, 5, 8}, {0, 4, 8}, {2, 4, 6}};

json text_of(char mark) {
  return mark == ' ' ? "" : std::string{mark};
}

// Mixed, because names of nodes often differ only in their last character.
uint64_t weight(const std::string& node, const std::string& game_id) {
  return bennu::engine::mixed(bennu::engine::fnv1a(node + '/' + game_id));
}

} // namespace

bool game::enter(const user& who) {
  if (side_of(who) >= 0)
    return false;
  for (auto& side : players_)
    if (!side) {
      side = who;
      ++version_;
      return true;
    }
  return false;
}

std::optional<const char*> game::move(const user& who, int cell) {
  if (over())
    return "over";
  if (!players_[0] || !players_[1])
    enter(who);
  if (side_of(who) != turn())
    return "not your turn";
  auto& place = board_.at(static_cast<size_t>(cell));
  if (place != ' ')
    return "taken";
  place = marks[static_cast<size_t>(turn())];
  ++version_;
  return std::nullopt;
}

std::optional<const char*> game::play_again(const user& who) {
  if (!over())
    return "not over";
  if (side_of(who) < 0)
    return "not your turn";
  board_.fill(' ');
  std::swap(players_[0], players_[1]);
  ++version_;
  return std::nullopt;
}

int game::side_of(const user& who) const noexcept {
  for (int side = 0; side < 2; ++side)
    if (players_[static_cast<size_t>(side)] && players_[static_cast<size_t>(side)]->id == who.id)
      return side;
  return -1;
}

int game::turn() const noexcept {
  return std::count(board_.begin(), board_.end(), 'X') > std::count(board_.begin(), board_.end(), 'O') ? 1 : 0;
}

char game::winner() const noexcept {
  for (auto& [a, b, c] : lines)
    if (auto mark = board_[static_cast<size_t>(a)];
        mark != ' ' && mark == board_[static_cast<size_t>(b)] && mark == board_[static_cast<size_t>(c)])
      return mark;
  return ' ';
}

bool game::full() const noexcept {
  return std::count(board_.begin(), board_.end(), ' ') == 0;
}

bool game::over() const noexcept {
  return winner() != ' ' || full();
}

json game::state() const {
  auto board = json::array();
  for (auto mark : board_)
    board.push_back(text_of(mark));
  json winner_text, turn_text;
  if (!over())
    turn_text = text_of(marks[static_cast<size_t>(turn())]);
  else
    winner_text = winner() == ' ' ? json("draw") : text_of(winner());
  auto player = [this](size_t side) { return players_[side] ? to_json(*players_[side]) : json(); };
  return {
    {"board", board}, {"turn", turn_text}, {"winner", winner_text}, {"players", {{"X", player(0)}, {"O", player(1)}}}};
}

game game::from(const json& state, uint64_t version) {
  game result;
  result.version_ = version;
  for (size_t cell = 0; cell < result.board_.size(); ++cell)
    if (const auto mark = state.at("board").at(cell).get<std::string>(); !mark.empty())
      result.board_[cell] = mark == "X" ? 'X' : 'O';
  for (size_t side = 0; side < 2; ++side)
    if (auto& player = state.at("players").at(std::string{marks[side]}); player.is_object())
      result.players_[side] = user{player.at("id").get<int64_t>(), player.at("name").get<std::string>()};
  return result;
}

const std::string& owner_of(const std::string& game_id, const std::vector<std::string>& nodes) {
  return *std::max_element(nodes.begin(), nodes.end(), [&](auto& a, auto& b) {
    return std::pair{weight(a, game_id), a} < std::pair{weight(b, game_id), b};
  });
}

} // namespace chat
