#include <cstdlib>

#include "tests/actors/history/history_world.hpp"

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

TEST_CASE("history: a client that comes back gets what it missed, once and in order, through any node") {
  connected_pair all;
  auto& ann = all.readers.emplace_back();
  CHECK_FALSE(all.join(ann, "a"));
  all.publish("a");
  all.publish("b");
  all.settle();
  all.leave(ann);
  for (int i = 0; i < 3; ++i) {
    all.publish("a");
    all.publish("b");
  }
  all.settle();
  CHECK(all.join(ann, "b"));
  CHECK(ann.last == std::map<std::string, uint64_t>{{"a1", 4}, {"b2", 4}});
  all.publish("a");
  all.settle();
  CHECK(all.join(ann, "a"));
  CHECK(ann.last == std::map<std::string, uint64_t>{{"a1", 5}, {"b2", 4}});
  CHECK(ann.error == "");
}

TEST_CASE("history: messages of a node that died are recovered from its mirrors, also through a third node") {
  history_world all{{}};
  std::mt19937_64 chance{1};
  for (const auto* name : {"a", "b", "c"})
    all.start(name);
  all.connect("a", "b");
  all.settle(chance);
  auto& ann = all.readers.emplace_back();
  all.join(ann, "a");
  all.leave(ann);
  all.publish("a");
  all.publish("a");
  all.settle(chance);
  all.kill("a");
  all.connect("b", "c");
  all.settle(chance);
  CHECK(all.kept("c") == std::vector<said>{{"a1", 1}, {"a1", 2}});
  CHECK(all.join(ann, "c"));
  CHECK(ann.last["a1"] == 2);
  CHECK(ann.error == "");
}

TEST_CASE("history: after a cut a node gets what it missed, and its clients get it") {
  connected_pair all;
  auto& ann = all.readers.emplace_back();
  all.join(ann, "b");
  all.publish("a");
  all.settle();
  all.cut("a", "b");
  for (int i = 0; i < 1000; ++i)
    all.publish("a");
  all.publish("b");
  CHECK(ann.last == std::map<std::string, uint64_t>{{"a1", 1}, {"b2", 1}});
  all.connect("a", "b");
  all.settle();
  CHECK(ann.last == std::map<std::string, uint64_t>{{"a1", 1001}, {"b2", 1}});
  CHECK(ann.broken == 0);
  CHECK(ann.error == "");
}

TEST_CASE("history: texts that are no position, of another topic or another life, are not honoured") {
  history_world all{{}};
  all.start("a");
  auto& ann = all.readers.emplace_back();
  all.join(ann, "a");
  all.publish("a");
  const auto right = ann.position->str();
  CHECK(all.at("a").state->read("t", ann.position, all.now).recovered);
  for (const auto& text : {std::string{}, std::string{"@"}, std::string{"@AAAA"}, std::string{"@!!!!"}, right + "A",
                           right.substr(1), right.substr(0, right.size() - 2), "x" + right.substr(1)})
    CHECK_MESSAGE(!all.at("a").state->read("t", history_position{text}, all.now).recovered, text);
  all.publish("a");
  auto& bob = all.readers.emplace_back();
  CHECK_FALSE(all.at("a").state->join("u", {}, ann.position, 0, all.now).recovered);
  all.kill("a");
  all.start("a");
  bob.position = ann.position;
  CHECK_FALSE(all.join(bob, "a"));
}

TEST_CASE("history: a life that claims more than it published is not believed; one that is ahead is") {
  connected_pair all;
  auto& ann = all.readers.emplace_back();
  all.join(ann, "a");
  all.publish("a");
  all.settle();
  all.publish("a"); // b has not received it
  CHECK(all.join(ann, "b"));
  CHECK(ann.ahead.size() == 1);
  all.publish("b");
  all.settle();
  all.publish("a");
  all.settle();
  CHECK(ann.last == std::map<std::string, uint64_t>{{"a1", 3}, {"b2", 1}});
  CHECK(ann.error == "");
  CHECK(ann.ahead.empty());
  const std::vector<history_mark> too_much{{life_of("a", 1), 1000}};
  CHECK_FALSE(
    all.at("a").state->read("t", history_position{write_position(topic_hash("t"), too_much)}, all.now).recovered);
}

namespace {

/// A topic of which the same remains when its logs are forgotten as of the topic "t".
std::string topic_with_the_same_floor() {
  const auto part = [](std::string_view x) { return topic_hash(x) / 65'536 % 4096; };
  for (int i = 0;; ++i)
    if (auto name = "n" + std::to_string(i); part(name) == part("t"))
      return name;
}

} // namespace

TEST_CASE("history: in random clusters nobody who recovers misses anything or gets it twice") {
  const auto* wanted = std::getenv("BENNU_HISTORY_SEEDS");
  const auto seeds = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 100;
  const auto* first = std::getenv("BENNU_FIRST_SEED");
  const auto first_seed = first != nullptr ? std::strtoull(first, nullptr, 10) : 1;
  const auto neighbour = topic_with_the_same_floor();
  size_t recovered = 0, joins = 0, broken = 0;
  for (auto seed = first_seed; seed < first_seed + seeds; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance{seed};
    const bool overflows = seed % 3 == 0;
    history_world all{{.messages = overflows ? size_t{20} : size_t{10'000}, .age = overflows ? 3s : 600s}};
    const std::vector<std::string> names{"a", "b", "c"};
    for (const auto& name : names)
      all.start(name);
    for (int i = 0; i < 4; ++i)
      all.readers.emplace_back();
    const auto any = [&](const auto& of) { return of[chance() % of.size()]; };
    const auto is_alive = [&](const std::string& name) {
      const auto alive = all.names();
      return std::find(alive.begin(), alive.end(), name) != alive.end();
    };
    for (int i = 0; i < 400; ++i) {
      const auto one = any(names), other = any(names);
      auto& who = all.readers[chance() % all.readers.size()];
      switch (chance() % 16) {
        case 0:
          if (chance() % 8 == 0 && is_alive(one))
            all.kill(one);
          break;
        case 1:
          if (!is_alive(one))
            all.start(one);
          break;
        case 2:
        case 3:
          if (one != other && is_alive(one) && is_alive(other))
            all.connect(one, other);
          break;
        case 4:
          if (chance() % 2 == 0 && one != other && is_alive(one) && is_alive(other))
            all.cut(one, other);
          break;
        case 5:
          if (is_alive(one)) {
            ++joins;
            recovered += all.join(who, one) ? 1 : 0;
          }
          break;
        case 6:
          all.leave(who);
          break;
        case 7:
          all.now += std::chrono::milliseconds{chance() % 1500};
          if (overflows && chance() % 20 == 0)
            all.now += 15s; // logs are forgotten
          all.beat();
          break;
        case 8:
        case 9:
        case 10:
          if (is_alive(one))
            all.publish(one, chance() % 4 == 0 ? neighbour : "t");
          break;
        default:
          all.step(chance, chance() % 100 == 0);
      }
      for (const auto& x : all.readers)
        REQUIRE(x.error == "");
    }
    for (const auto& name : names)
      if (!is_alive(name))
        all.start(name);
    for (const auto& one : names)
      for (const auto& other : names)
        if (one < other)
          all.connect(one, other);
    for (int i = 0; i < 8; ++i) { // requests without an answer are repeated
      all.settle(chance);
      all.now += 1s;
      all.beat();
    }
    all.settle(chance);
    for (auto& x : all.readers) {
      recovered += all.join(x, any(names)) ? 1 : 0;
      REQUIRE(x.error == "");
      for (const auto& y : all.kept("a"))
        if (x.last.contains(y.who) ? x.last.at(y.who) < y.n : x.start[y.who] < y.n)
          FAIL("a client has not received " << y.who << " " << y.n);
      broken += x.broken;
    }
  }
  CHECK(recovered > joins / 4);
  MESSAGE(recovered << " of " << joins << " joins recovered, " << broken << " ended because of a gap");
}
