#include <doctest/doctest.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "apps/chat/game_keeper.hpp"
#include "tests/kit/simulation/simulator.hpp"

using namespace chat;
using namespace std::chrono_literals;

namespace {

/// Simulated nodes that play games.
class game_night {
public:
  explicit game_night(uint64_t seed)
    : sim(seed, {.children = [this](bennu::node& home) {
            games_[home.name()] =
              std::make_shared<cluster_games>(home, numbers_[home.name()] = std::make_shared<chat_metrics>());
            return std::vector{games_[home.name()]->supervised()};
          }}) {}

  using pending_answer = std::shared_ptr<std::optional<game_answer>>;

  /// The answer of a game, which a node will give later.
  pending_answer send(const std::string& node, const std::string& id, const game_command& what) {
    auto answer = std::make_shared<std::optional<game_answer>>();
    games_.at(node)->ask(id, what, [answer](game_answer x) { *answer = std::move(x); });
    return answer;
  }

  game_answer wait_for(const pending_answer& answer) {
    REQUIRE(sim.run_until([&] { return answer->has_value(); }, 20s));
    return **answer;
  }

  game_answer ask(const std::string& node, const std::string& id, const game_command& what) {
    return wait_for(send(node, id, what));
  }

  size_t running(const std::string& node) const { return static_cast<size_t>(numbers_.at(node)->games.Value()); }

private:
  std::map<std::string, std::shared_ptr<cluster_games>> games_;
  std::map<std::string, std::shared_ptr<chat_metrics>> numbers_;

public:
  bennu::engine::simulator sim; // destroyed after everything that its nodes use
};

// The sanitizers make a night 50 times slower. The optimised build plays all of them.
#ifdef __SANITIZE_ADDRESS__
constexpr uint64_t nights = 20;
#else
constexpr uint64_t nights = 80;
#endif

const user first{1, "ann"}, second{2, "bob"};

const std::array<std::string, 6> ids{"g0", "g1", "g2", "g3", "g4", "g5"}; // a and b own some of them each

void check_accepted(const game_answer& x) {
  REQUIRE_MESSAGE(x.ok, x.body.dump());
}

/// Nodes a and b; ann and bob have made a move in each game.
void sit_down(game_night& night) {
  night.sim.start("a");
  night.sim.start("b");
  night.sim.run_for(10s);
  for (const auto& id : ids)
    for (const auto& [node, who, cell] : {std::tuple{"a", first, 0}, std::tuple{"b", second, 3}}) {
      REQUIRE(night.ask(node, id, {game_command::kind::enter, who}).ok);
      REQUIRE(night.ask(node, id, {game_command::kind::move, who, cell}).ok);
    }
  night.sim.run_for(1s); // the other node learns of a move after the player
  REQUIRE(night.running("a") > 0);
  REQUIRE(night.running("b") > 0);
}

void check_all_go_on(game_night& night, const std::string& node, const std::string& marks) {
  for (const auto& id : ids) {
    const auto answer = night.ask(node, id, {game_command::kind::look, first});
    std::string seen;
    for (const auto& cell : answer.body.at("board"))
      seen += cell.get<std::string>();
    CHECK_MESSAGE(seen == marks, id);
  }
}

} // namespace

TEST_CASE("games: those of a lost node continue elsewhere, and on the node itself when it is back, however late its "
          "games start") {
  for (uint64_t seed = 1; seed <= nights; ++seed) {
    CAPTURE(seed);
    game_night night{seed};
    sit_down(night);
    night.sim.crash("b");
    night.sim.run_for(10s);
    for (const auto& id : ids)
      check_accepted(night.ask("a", id, {game_command::kind::move, first, 1}));
    CHECK(night.running("a") == ids.size());
    night.sim.start("b");
    night.sim.run_for(10s);
    check_all_go_on(night, "b", "XXO");
    CHECK(night.running("a") + night.running("b") == ids.size());
    night.sim.crash("a"); // b also knows of the games that it did not take over
    night.sim.run_for(10s);
    check_all_go_on(night, "b", "XXO");
  }
}

TEST_CASE("games: a request during a crash of its game is answered by the restarted game") {
  for (uint64_t seed = 1; seed <= nights; ++seed) {
    CAPTURE(seed);
    game_night night{seed};
    sit_down(night);
    for (const auto& id : ids) {
      const auto crash = night.send("a", id, {game_command::kind::crash, first, 1});
      const auto move = night.send("a", id, {game_command::kind::move, first, 2});
      const auto look = night.send("b", id, {game_command::kind::look, second});
      CHECK(night.wait_for(crash).body == nlohmann::json{{"reason", "crashed"}});
      CHECK_MESSAGE(night.wait_for(move).ok, night.wait_for(move).body.dump());
      CHECK_MESSAGE(night.wait_for(look).ok, night.wait_for(look).body.dump());
    }
    check_all_go_on(night, "b", "XXO");
    CHECK(night.running("a") + night.running("b") == ids.size());
  }
}

TEST_CASE(
  "games: whatever is asked of a node while it comes back and meets the others, each game runs once in the end, with "
  "its last state") {
  for (uint64_t seed = 1; seed <= nights; ++seed) {
    CAPTURE(seed);
    game_night night{seed};
    sit_down(night);
    night.sim.crash("b");
    night.sim.run_for(10s);
    for (const auto& id : ids)
      check_accepted(night.ask("a", id, {game_command::kind::move, first, 1}));
    night.sim.start("b");
    // The players send requests between any two steps of the nodes. Some of them start a game on b just when b learns
    // of a.
    const auto met = night.sim.now() + 3s;
    for (size_t asked = 0; asked < 2000 && night.sim.step(met);)
      if (night.sim.chance()() % 8 == 0)
        night.send("b", ids[asked++ % ids.size()], {game_command::kind::enter, second});
    night.sim.run_for(10s);
    check_all_go_on(night, "b", "XXO");
    check_all_go_on(night, "a", "XXO");
    CHECK(night.running("a") + night.running("b") == ids.size());
  }
}
