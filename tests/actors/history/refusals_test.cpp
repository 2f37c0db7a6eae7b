// Why a client that comes back does not recover: the reason that is counted and told.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/actors/history/history_world.hpp"

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

/// A topic `t` of the node `a` with up to three messages of at most a minute.
struct refusing_topic {
  refusing_topic() : all({.messages = 3, .age = 1min}) { all.start("a"); }

  std::string why(const std::string& position) {
    const auto since = history_position::parse(position);
    REQUIRE(since);
    return std::string{
      to_string(all.at("a").state->join("t", {.messages = 3, .age = 1min}, *since, 0, all.now).refusal)};
  }

  std::string position() { return all.at("a").state->read("t", std::nullopt, all.now).position; }

  void publish(int times) {
    for (; times > 0; --times)
      all.publish("a");
  }

  history_world all;
};

} // namespace

TEST_CASE("refusals: a position whose messages are there is honoured, and a join without one has no reason") {
  refusing_topic test;
  test.publish(1);
  const auto position = test.position();
  test.publish(3);
  CHECK(test.why(position) == "none");
  CHECK(test.all.at("a").state->join("t", {}, std::nullopt, 0, test.all.now).refusal == history_refusal::none);
}

TEST_CASE("refusals: evicted, too_old and invalid are told apart") {
  refusing_topic test;
  test.publish(1);
  const auto position = test.position();
  test.publish(4);
  CHECK(test.why(position) == "evicted");
  const auto newest = test.position();
  test.publish(1);
  test.all.now += 2min;
  CHECK(test.why(newest) == "too_old");
  CHECK(test.why("@nonsense") == "invalid");
  CHECK(test.why("@") == "invalid");
}

TEST_CASE("refusals: a position that names an unknown node, or is of another topic, is refused as unknown_life") {
  refusing_topic test;
  test.publish(1);
  CHECK(test.why(write_position(topic_hash("t"), std::vector{history_mark{77, 1}})) == "unknown_life");
  CHECK(test.why(write_local_position(topic_hash("t"), 77, 1)) == "unknown_life");
  const auto own = life_of("a", test.all.at("a").who.incarnation);
  CHECK(test.why(write_position(topic_hash("other"), std::vector{history_mark{own, 1}})) == "unknown_life");
}

TEST_CASE("refusals: a position is refused as gap when what followed is lost, and as forgotten when its log is") {
  history_world all{{.messages = 2, .age = 2s}};
  std::mt19937_64 chance{1};
  all.start("a");
  all.start("b");
  all.connect("a", "b");
  all.publish("a");
  all.settle(chance);
  const auto since = history_position{all.at("b").state->read("t", std::nullopt, all.now).position};
  all.cut("a", "b");
  for (int i = 0; i < 5; ++i)
    all.publish("a");
  all.connect("a", "b");
  all.settle(chance);
  const auto why = [&] { return to_string(all.at("b").state->join("t", {}, since, 0, all.now).refusal); };
  CHECK(why() == "gap");
  all.now += 1min;
  all.beat();
  CHECK(why() == "forgotten");
}
