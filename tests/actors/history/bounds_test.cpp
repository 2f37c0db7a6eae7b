#include "tests/actors/history/history_world.hpp"

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

TEST_CASE("bounds: history::messages: the oldest are dropped, and a position before them is not honoured") {
  history_world all{{.messages = 3}};
  std::mt19937_64 chance{1};
  all.start("a");
  auto& ann = all.readers.emplace_back();
  all.join(ann, "a");
  all.leave(ann);
  for (int i = 0; i < 3; ++i)
    all.publish("a");
  auto bob = ann;
  CHECK(all.join(bob, "a"));
  CHECK(bob.last["a1"] == 3);
  all.publish("a");
  CHECK_FALSE(all.join(ann, "a"));
  CHECK(ann.last.empty());
  CHECK(all.at("a").totals.dropped == 1);
  CHECK(all.at("a").totals.messages == 3);
}

TEST_CASE("bounds: history::bytes: the oldest are dropped, and a position before them is not honoured") {
  history_world all{{.bytes = 3000}};
  all.start("a");
  auto& ann = all.readers.emplace_back();
  all.join(ann, "a");
  all.leave(ann);
  for (int i = 0; i < 100; ++i)
    all.publish("a");
  CHECK(all.at("a").totals.bytes <= 3000);
  CHECK(all.kept("a").size() > 2);
  CHECK(all.kept("a").back().n == 100);
  CHECK_FALSE(all.join(ann, "a"));
}

TEST_CASE("bounds: max_topics: a further topic has no history, and nobody recovers in it") {
  history_totals totals;
  totals.max_bytes = size_t{1} << 30;
  const history bounds;
  const history_place::time_point now{1h};
  history_shard shard{{"a", 1}, [&](std::string_view) { return &bounds; }, totals, now};
  const auto publish = [&](const std::string& topic) {
    return shard.publish(caf::make_counted<broadcast>(topic, "msg", payload{}), bounds, 0, now);
  };
  for (size_t i = 0; i < history_shard::max_topics; ++i)
    publish("t" + std::to_string(i));
  CHECK(totals.topics == history_shard::max_topics);
  const auto further = publish("further");
  CHECK(further->position() == no_position);
  CHECK(totals.topics == history_shard::max_topics);
  CHECK_FALSE(shard.join("further", bounds, history_position{std::string{further->position()}}, 0, now).recovered);
  CHECK(publish("t1")->position() != no_position);
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

TEST_CASE("bounds: history::age: older messages are dropped, and a position before them is not honoured") {
  history_world all{{.age = 2s}};
  all.start("a");
  auto& ann = all.readers.emplace_back();
  all.join(ann, "a");
  all.leave(ann);
  all.publish("a");
  all.now += 1s;
  all.publish("a");
  auto bob = ann;
  CHECK(all.join(bob, "a"));
  all.leave(bob);
  all.now += 1s;
  CHECK_FALSE(all.join(ann, "a"));
  all.leave(ann);
  CHECK(all.kept("a") == std::vector<said>{{"a1", 2}});
  all.now += 1min;
  all.beat();
  CHECK(all.at("a").totals.topics == 0);
  CHECK(all.at("a").totals.messages == 0);
  CHECK(all.at("a").totals.bytes == 0);
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
