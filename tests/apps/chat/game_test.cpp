#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "apps/chat/game.hpp"

using namespace chat;

namespace {

const user ann{1, "ann"}, bob{2, "bob"}, eve{3, "eve"};

/// A game of ann (X) and bob (O) in which these cells were taken in turn.
game played(std::initializer_list<int> cells) {
  game x;
  x.enter(ann);
  x.enter(bob);
  bool first = true;
  for (int cell : cells) {
    REQUIRE_FALSE(x.move(first ? ann : bob, cell));
    first = !first;
  }
  return x;
}

std::string refusal(std::optional<const char*> x) {
  return x ? *x : "none";
}

} // namespace

TEST_CASE("game: the first two users are X and O, a third one watches, and no user plays both sides") {
  game x;
  CHECK(x.enter(ann));
  CHECK_FALSE(x.enter(ann));
  CHECK(x.enter(bob));
  CHECK_FALSE(x.enter(eve));
  CHECK(x.state()["players"] == nlohmann::json::parse(R"({"X":{"id":1,"name":"ann"},"O":{"id":2,"name":"bob"}})"));
  CHECK(refusal(x.move(eve, 0)) == "not your turn");
}

TEST_CASE("game: X begins, the sides take turns, and a taken cell stays taken") {
  auto x = played({});
  CHECK(refusal(x.move(bob, 0)) == "not your turn");
  CHECK_FALSE(x.move(ann, 0));
  CHECK(refusal(x.move(ann, 1)) == "not your turn");
  CHECK(refusal(x.move(bob, 0)) == "taken");
  CHECK(x.state()["turn"] == "O");
}

TEST_CASE("game: every line wins, for either side") {
  const int lines[][3] = {{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {0, 3, 6}, {1, 4, 7}, {2, 5, 8}, {0, 4, 8}, {2, 4, 6}};
  for (auto& line : lines) {
    std::vector<int> others;
    for (int cell = 0; cell < game::cells && others.size() < 2; ++cell)
      if (std::find(std::begin(line), std::end(line), cell) == std::end(line))
        others.push_back(cell);
    auto x = played({line[0], others[0], line[1], others[1], line[2]});
    CHECK(x.state()["winner"] == "X");
    CHECK(x.state()["turn"].is_null());
    CHECK(refusal(x.move(bob, 8)) == "over");
  }
  CHECK(played({8, 0, 7, 1, 3, 2}).state()["winner"] == "O");
}

TEST_CASE("game: a full board is a draw, and the last cell may still win") {
  CHECK(played({0, 1, 2, 4, 3, 5, 7, 6, 8}).state()["winner"] == "draw");
  CHECK(played({0, 1, 2, 3, 4, 5, 7, 6, 8}).state()["winner"] == "X");
}

TEST_CASE("game: another round begins after the first is over, for its players only, with exchanged sides") {
  auto x = played({0, 3, 1, 4});
  CHECK(refusal(x.play_again(ann)) == "not over");
  REQUIRE_FALSE(x.move(ann, 2));
  CHECK(refusal(x.play_again(eve)) == "not your turn");
  CHECK_FALSE(x.play_again(bob));
  CHECK(x.state()["players"]["X"]["name"] == "bob");
  CHECK_FALSE(x.move(bob, 0));
}

TEST_CASE("game: the state recreates the same game on another node") {
  auto x = played({0, 3, 1});
  auto y = game::from(x.state(), x.version());
  CHECK(y.state() == x.state());
  CHECK(y.version() == x.version());
  REQUIRE_FALSE(y.move(bob, 4));
  CHECK(y.version() == x.version() + 1);
}

TEST_CASE("game: all nodes with the same list agree on the owner, and few games move when a node joins") {
  const std::vector<std::string> two{"a", "b"}, mixed{"b", "a"}, three{"a", "b", "c"};
  std::map<std::string, int> owned;
  int moved = 0;
  for (int i = 0; i < 3000; ++i) {
    const auto id = "game-" + std::to_string(i);
    CHECK(owner_of(id, two) == owner_of(id, mixed));
    const auto& owner = owner_of(id, three);
    ++owned[owner];
    if (owner != owner_of(id, two)) {
      ++moved;
      CHECK(owner == "c");
    }
  }
  for (auto& node : three)
    CHECK(owned[node] > 800);
  CHECK(moved == owned["c"]);
}
