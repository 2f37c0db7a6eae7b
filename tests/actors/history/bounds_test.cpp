#include "tests/actors/history/history_world.hpp"

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

/// One shard, without other nodes.
struct lone_shard {
  lone_shard() { totals.max_bytes = size_t{1} << 30; }

  broadcast_ptr publish(const std::string& topic) {
    return state.publish(caf::make_counted<broadcast>(topic, "msg", payload{}), bounds, 0, now);
  }
  history_answer join(const std::string& topic, const broadcast_ptr& since = nullptr) {
    const auto position = since ? std::optional{history_position{std::string{since->position()}}} : std::nullopt;
    return state.join(topic, bounds, position, 0, now);
  }

  history_totals totals;
  history bounds;
  history_place::time_point now{1h};
  history_shard state{{"a", 1}, [this](std::string_view) { return &bounds; }, totals, now};
};

} // namespace

TEST_CASE("bounds: max_topics: the topic with the oldest last message is forgotten, and nobody gets a message twice") {
  lone_shard a;
  const auto first = a.publish("first");
  const auto last_of_first = a.publish("first");
  const auto second = a.publish("second");
  for (size_t i = 2; i < history_shard::max_topics; ++i)
    a.publish("t" + std::to_string(i));
  CHECK(a.totals.topics == history_shard::max_topics);
  CHECK(a.join("first", first).recovered);
  const auto further = a.publish("further");
  CHECK(further->position() != no_position);
  CHECK(a.join("further", further).recovered);
  CHECK(a.totals.topics == history_shard::max_topics);
  CHECK_FALSE(a.join("first", first).recovered);
  CHECK(a.join("second", second).recovered);
  CHECK(a.join("first", last_of_first).recovered); // nothing has come since
  const auto joined = a.join("first");
  const auto next = a.publish("first");
  CHECK(next->place->index > joined.index); // so it is new to those who joined before
  CHECK(a.join("first", last_of_first).missed == std::vector{next});
  CHECK_FALSE(a.join("first", first).recovered);
}

TEST_CASE("bounds: max_topics: joins alone take no place of a topic, however many there are") {
  lone_shard a;
  const auto news = a.publish("news");
  for (size_t i = 0; i < 2 * history_shard::max_topics; ++i)
    CHECK_FALSE(a.join("t" + std::to_string(i)).recovered);
  CHECK(a.totals.topics == 1);
  CHECK(a.join("news", news).recovered);
}

TEST_CASE("bounds: max_part: a node that lacks much gets it in parts, in order") {
  history_world all{{.messages = 10'000, .bytes = size_t{1} << 30}};
  std::mt19937_64 chance{1};
  all.start("a");
  for (int i = 0; i < 3000; ++i)
    all.publish("a");
  const auto part = all.at("a").state->part({{"a", 1}, 0}, all.now);
  REQUIRE(part);
  CHECK(part->items.size() < 1000);
  CHECK(part->to == part->items.size());
  CHECK(part->end == 3000);
  all.now += 1s;
  all.start("b");
  all.connect("a", "b");
  all.settle(chance);
  CHECK(all.kept("b") == all.kept("a"));
  CHECK(all.kept("b").size() == 3000);
}

TEST_CASE("bounds: history_total_bytes: the oldest messages of all topics are dropped first") {
  history_world all{{}, 3000};
  all.start("a");
  for (int i = 0; i < 100; ++i)
    all.publish("a");
  const auto kept = all.kept("a");
  CHECK(kept.size() > 2);
  CHECK(kept.size() < 100);
  CHECK(kept.back().n == 100);
  CHECK(all.at("a").totals.bytes <= 3000);
  CHECK(all.at("a").totals.dropped == 100 - kept.size());
}

TEST_CASE("bounds: max_part: the topics without messages are told in parts, too") {
  history_world all{{.messages = 0}};
  std::mt19937_64 chance{1};
  all.start("a");
  for (int i = 0; i < 2000; ++i)
    all.publish("a", std::string(200, 'x') + std::to_string(i));
  const auto part = all.at("a").state->part({{"a", 1}, 0}, all.now);
  REQUIRE(part);
  CHECK(part->dropped.size() < 1500);
  CHECK(part->to == part->dropped.back().number);
  CHECK(part->end == 2000);
  all.now += 1s;
  all.start("b");
  all.connect("a", "b");
  all.settle(chance);
  const auto logs = all.at("b").state->have(all.now).logs;
  CHECK(std::any_of(logs.begin(), logs.end(), [](auto& x) { return x.who.name == "a" && x.applied == 2000; }));
}

TEST_CASE("bounds: answered_within: a part that is under way is not requested again before") {
  history_world all{{}};
  all.start("a");
  all.publish("a");
  all.start("b");
  auto& b = *all.at("b").state;
  const auto have = all.at("a").state->have(all.now);
  const peer a = all.at("a").who;
  b.peer_up(a, all.now);
  CHECK(b.receive(a, have, all.now).size() == 1);
  all.now += 1s;
  CHECK(b.receive(a, have, all.now).empty());
  all.now += history_shard::answered_within;
  CHECK(b.receive(a, have, all.now).size() == 1);
  b.peer_up(a, all.now); // a new link: the answer is lost
  CHECK(b.receive(a, have, all.now).size() == 1);
}

TEST_CASE("bounds: history_total_bytes: the shard that holds the most pays, and a small one keeps its messages") {
  history_totals totals;
  totals.max_bytes = 8000;
  totals.share = 1000;
  const history bounds;
  history_place::time_point now{1h};
  const auto all_have = [&](std::string_view) { return &bounds; };
  history_shard large{{"a", 1}, all_have, totals, now}, small{{"a", 1}, all_have, totals, now};
  const auto publish = [&](history_shard& to, const std::string& topic) {
    to.publish(caf::make_counted<broadcast>(topic, "msg", payload{}), bounds, 0, now);
  };
  for (int i = 0; i < 100; ++i)
    publish(large, "t" + std::to_string(i));
  CHECK(totals.bytes <= 8000);
  CHECK(totals.bytes > 7000);
  publish(small, "u");
  CHECK(small.read("u", std::nullopt, now).missed.size() == 1);
  large.expire(now);
  CHECK(totals.bytes <= 8000);
  CHECK(small.read("u", std::nullopt, now).missed.size() == 1);
  publish(small, "u");
  publish(small, "u");
  CHECK(small.read("u", std::nullopt, now).missed.size() < 3); // beyond its share it pays, too
}
