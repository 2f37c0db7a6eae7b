// What a node has missed, forgotten, or cannot read.
#include <algorithm>

#include "tests/actors/history/history_world.hpp"

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

TEST_CASE("history: what was published before a node started reaches none of its clients as new, in however many parts "
          "it comes") {
  history_world all{{.messages = 10'000, .bytes = size_t{1} << 30}};
  std::mt19937_64 chance{1};
  all.start("a");
  for (int i = 0; i < 3000; ++i)
    all.publish("a");
  all.now += 1s;
  all.start("b");
  all.connect("a", "b");
  auto& ann = all.readers.emplace_back();
  CHECK_FALSE(all.join(ann, "b")); // before the first part
  all.settle(chance);
  REQUIRE(all.kept("b").size() == 3000);
  CHECK(ann.last.empty());
  all.publish("a");
  all.settle(chance);
  CHECK(ann.last == std::map<std::string, uint64_t>{{"a1", 3001}});
}

TEST_CASE("history: a position that does not name a publisher is not honoured after its log came and was forgotten") {
  connected_pair all{{.age = 2s}};
  auto& ann = all.readers.emplace_back();
  all.join(ann, "b");
  all.publish("b");
  all.settle();
  all.leave(ann);
  all.publish("a");
  all.settle();
  all.now += 1min;
  all.beat();
  REQUIRE(all.at("b").totals.topics == 0);
  auto bob = ann;
  CHECK_FALSE(all.join(ann, "b"));
  CHECK_FALSE(all.join(bob, "a"));
  all.now += 1s;
  all.start("c"); // it learns what the others have forgotten
  all.connect("a", "c");
  all.connect("b", "c");
  all.settle();
  CHECK(all.join(ann, "c"));
  CHECK(all.join(ann, "a"));
}

TEST_CASE("history: a broadcast without a place makes the positions before it too old, and no others") {
  history_world all{{}};
  all.start("a");
  all.publish("a");
  auto& ann = all.readers.emplace_back();
  all.join(ann, "a");
  all.publish("a");
  all.at("a").state->interrupted("t", all.now);
  CHECK_FALSE(all.join(ann, "a"));
  all.publish("a");
  all.publish("a");
  CHECK(all.join(ann, "a"));
  CHECK(ann.error == "");
}

TEST_CASE("history: a message that this node cannot read counts as lost, and those around it arrive") {
  history_world all{{}};
  std::mt19937_64 chance{1};
  all.start("a");
  all.start("b");
  const peer a = all.at("a").who;
  auto& b = *all.at("b").state;
  auto& ann = all.readers.emplace_back();
  all.join(ann, "b");
  history_part part{a, 0, 3, 3, {}, {}, {}};
  for (uint64_t n = 1; n <= 3; ++n)
    part.items.push_back({n, n, 0, {}, "t", "msg", payload{}});
  part.items[1].event = "\xff";
  std::string content;
  append_history_message(content, 0, part);
  auto read = parse_history_message(content);
  REQUIRE(read);
  b.peer_up(a, all.now);
  size_t gaps = 0, messages = 0;
  b.receive(a, history_have{{{a, 3, {}}}}, all.now);
  b.receive(a, std::move(std::get<history_part>(read->second)), all.now,
            [&](const broadcast_ptr& x) { ++(x->place->gap != 0 ? gaps : messages); });
  CHECK(messages == 2);
  CHECK(gaps == 1);
  const auto logs = b.have(all.now).logs;
  CHECK(std::any_of(logs.begin(), logs.end(), [](auto& x) { return x.who.name == "a" && x.applied == 3; }));
}

TEST_CASE("history: a node that asks for more than this one has gets no answer") {
  history_world all{{}};
  all.start("a");
  all.publish("a");
  CHECK(all.at("a").state->part({all.at("a").who, 1}, all.now));
  CHECK_FALSE(all.at("a").state->part({all.at("a").who, 2}, all.now));
}

TEST_CASE("history: two nodes that tell each other of a lost one forget it in time, however slow their link is") {
  history_world all{{}};
  all.start("b");
  all.start("c");
  auto &b = *all.at("b").state, &c = *all.at("c").state;
  const peer a{"a", 9}, of_b = all.at("b").who, of_c = all.at("c").who;
  for (auto* x : {&b, &c}) {
    x->peer_up(a, all.now);
    x->peer_down(a, all.now);
  }
  const auto knows = [&](history_shard& x) {
    const auto have = x.have(all.now);
    return std::any_of(have.logs.begin(), have.logs.end(), [&](auto& y) { return y.who == a; });
  };
  REQUIRE(knows(b));
  for (int i = 0; i < 200; ++i) {
    const auto to_c = b.have(all.now), to_b = c.have(all.now);
    all.now += 2s; // on the way
    c.receive(of_b, to_c, all.now);
    b.receive(of_c, to_b, all.now);
    b.expire(all.now);
    c.expire(all.now);
  }
  CHECK_FALSE(knows(b));
  CHECK_FALSE(knows(c));
}

TEST_CASE("history: a position stays too old when a lost publisher itself is no longer remembered for its messages") {
  history_world all{{}};
  std::mt19937_64 chance{1};
  all.start("a");
  all.start("d");
  all.connect("a", "d");
  all.settle(chance);
  auto& ann = all.readers.emplace_back();
  all.join(ann, "a");
  all.publish("a");
  all.leave(ann);
  for (int i = 0; i < 10; ++i)
    all.publish("d");
  all.settle(chance);
  all.kill("d");
  for (int i = 0; i < 10; ++i) {
    all.now += 1min;
    all.beat();
  }
  REQUIRE(all.at("a").totals.topics == 0);
  all.start("c"); // it learns of the lost life
  all.connect("a", "c");
  all.settle(chance);
  auto bob = ann;
  CHECK_FALSE(all.join(ann, "a"));
  CHECK_FALSE(all.join(bob, "c"));
}

TEST_CASE("history: who has had a new message of a publisher is told of a gap after it, also on a node that has just "
          "started") {
  history_world all{{.age = 2s}};
  std::mt19937_64 chance{1};
  all.start("c");
  all.start("b");
  all.publish("c");
  all.publish("c");
  all.now += 1min; // before it, b has got nothing
  all.beat();
  all.start("a");
  auto& ann = all.readers.emplace_back();
  all.join(ann, "a");
  const peer c = all.at("c").who;
  auto& a = *all.at("a").state;
  size_t old = 0, others = 0;
  const auto count = [&](const broadcast_ptr& x) { x->place->gap != 0 ? ++(x->place->is_old ? old : others) : 0; };
  a.peer_up(c, all.now);
  a.receive(c, history_next{{1, 1, 0, {}, "t", "msg", payload{}, false}}, all.now, count); // it comes late
  const auto part = all.at("c").state->part({c, 1}, all.now);
  REQUIRE(part);
  CHECK(part->floors.size() == 1);
  a.receive(c, history_have{{{c, 2, {}}}}, all.now);
  a.receive(c, history_part{*part}, all.now, count);
  CHECK(old == 0);
  CHECK(others == 1);
}

TEST_CASE("history: what a node published after two nodes had met is new, however old it says that it is") {
  for (const bool is_after : {true, false}) {
    CAPTURE(is_after);
    connected_pair all;
    const auto a = all.at("a").who;
    all.start("c"); // it meets a when a has published
    auto& to = *all.at(is_after ? "b" : "c").state;
    to.receive(a, history_have{{{a, 1, {}}}}, all.now);
    bool is_old = is_after;
    to.receive(a, history_part{a, 0, 1, 1, {{1, 1, 0, 1h, "t", "msg", payload{}, false}}, {}, {}}, all.now,
               [&](const broadcast_ptr& x) { is_old = x->is_old(); });
    CHECK(is_old == !is_after);
  }
}
