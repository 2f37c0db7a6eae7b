#include <doctest/doctest.h>

#include <caf/make_counted.hpp>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/history/topic_history.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

/// A topic on the node with the life 1, and messages of several lives.
struct topic {
  explicit topic(const history& bounds = {}) : content("t", bounds, 1) {}

  broadcast_ptr add(life_id life, uint64_t seq, uint64_t start = 0) {
    history_place at;
    at.life = life;
    at.number = ++numbers;
    at.seq = seq;
    at.start = start;
    at.when = history_place::time_point{1h};
    return content.append(caf::make_counted<broadcast>("t", "msg", payload(json{{"life", life}, {"n", seq}})), at,
                          lives);
  }

  history_answer since(const broadcast_ptr& x) const {
    return content.answer(history_position{std::string{x->position()}}, 0, lives);
  }

  static std::vector<std::string> texts(const history_answer& x) {
    std::vector<std::string> result;
    for (const auto& one : x.missed)
      result.push_back(std::to_string(one->place->life) + ":" + std::to_string(one->place->seq));
    return result;
  }

  topic_history content;
  known_lives lives{{1, 0}, {2, 0}, {3, 0}};
  uint64_t numbers = 0;
};

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("history: positions have at most 64 bytes; with too many publishers only their own node can read them") {
  topic here;
  for (life_id life = 1; life <= 40; ++life) {
    const auto x = here.add(life, 1'000'001, 1'000'000);
    CHECK(x->position().size() <= 64);
    CHECK(x->position().starts_with("@"));
  }
  const auto half = here.content.kept()[20];
  const auto found = here.since(half);
  CHECK(found.recovered);
  CHECK(found.missed.size() == 19);
  topic_history other_node{"t", {}, 2};
  CHECK_FALSE(other_node.answer(history_position{std::string{half->position()}}, 0, here.lives).recovered);
}

TEST_CASE("history: a message that came in another order elsewhere has a position of its own for the client") {
  topic here, there;
  here.add(2, 1);
  here.add(3, 1);
  here.add(2, 2);
  there.add(2, 1);
  const auto from_there = there.add(2, 2);
  const auto found = here.content.answer(history_position{std::string{from_there->position()}}, 0, here.lives);
  CHECK(found.recovered);
  CHECK(topic::texts(found) == texts{"3:1"});
  // It says that the client has 2:2, too.
  CHECK(here.content.answer(history_position{std::string{found.missed[0]->position()}}, 0, here.lives).missed.empty());
  // All clients with this position share the message.
  const auto again = here.content.answer(history_position{std::string{from_there->position()}}, 0, here.lives);
  CHECK(again.missed[0] == found.missed[0]);
}

TEST_CASE("bounds: max_variants: a message has a bounded number of positions, whatever clients say") {
  topic here;
  const auto x = here.add(2, 1);
  std::set<std::string> positions;
  for (uint64_t seq = 1; seq <= 100; ++seq)
    positions.emplace(at_position(*x, "@" + std::to_string(seq))->position());
  CHECK(positions.size() == max_variants + 1);
  CHECK(positions.contains(std::string{no_position})); // all further clients get it, and it is never honoured
}

TEST_CASE(
  "history: clients that are ahead of the same messages, and have read different ones, get positions of their own") {
  topic here;
  const auto x = here.add(2, 1);
  const auto one = at_position(*x, "@one");
  CHECK(at_position(*x, "@other")->position() == "@other");
  CHECK(at_position(*x, "@one") == one);
  CHECK(at_position(*x, "")->position() == no_position);
}

TEST_CASE("history: a log that goes on after a gap keeps nothing from before it") {
  topic here;
  const auto first = here.add(2, 1);
  const auto second = here.add(3, 1);
  here.add(2, 5);
  CHECK_FALSE(here.since(first).recovered);
  CHECK_FALSE(here.since(second).recovered);
  CHECK(here.content.is_kept(*here.content.kept().back()));
  CHECK_FALSE(here.content.is_kept(*first));
  const auto last = here.content.kept().back();
  here.content.skip({2, 0, 9, 9, 9, {}});
  CHECK_FALSE(here.since(last).recovered);
}

TEST_CASE("history: a position is honoured only where the same is forgotten of the publishers that it does not name") {
  topic here;
  const auto since = here.add(1, 1);
  CHECK(here.since(since).recovered);
  here.lives[1].seq = 10; // the life 2 has published ten messages, and all nodes have forgotten them
  CHECK_FALSE(here.since(since).recovered);
  const auto later = here.add(1, 2);
  CHECK(here.since(later).recovered);
  here.add(2, 11, 10); // its next log begins there
  CHECK(topic::texts(here.since(later)) == texts{"2:11"});
}

TEST_CASE("history: a forgotten log makes the positions too old that only their own node can read") {
  topic here;
  for (life_id life = 1; life <= 40; ++life)
    here.add(life, 1'000'001, 1'000'000);
  const auto before = here.content.kept().back();
  CHECK(here.since(before).recovered);
  size_t dropped = 0;
  const auto bytes = here.content.bytes();
  here.content.forget_log(7, [&](const broadcast&) { ++dropped; });
  CHECK(dropped == 1);
  CHECK(here.content.bytes() < bytes);
  CHECK_FALSE(here.since(before).recovered);
  const auto after = here.add(8, 1'000'002, 1'000'000);
  CHECK(here.since(after).recovered);
}
