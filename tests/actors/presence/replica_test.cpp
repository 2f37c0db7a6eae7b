#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>

#include <nlohmann/json.hpp>

#include "actors/presence/message.hpp"
#include "actors/presence/replica.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

/// The presences of one node, and its connection to the others.
struct member {
  explicit member(std::string name, uint64_t incarnation) : who{std::move(name), incarnation}, state(incarnation, {}) {}

  peer who;
  presence_replica state;
};

/// Nodes that receive each other's messages in order while their link is up.
class world {
public:
  member& start(const std::string& name, uint64_t incarnation) {
    auto& slot = members_[name];
    slot = std::make_unique<member>(name, incarnation);
    return *slot;
  }

  void connect(const std::string& a, const std::string& b) {
    up_.insert({std::min(a, b), std::max(a, b)});
    members_.at(a)->state.peer_up(members_.at(b)->who);
    members_.at(b)->state.peer_up(members_.at(a)->who);
  }

  void cut(const std::string& a, const std::string& b) {
    deliver_some_and_lose_the_rest(a, b, 0);
    up_.erase({std::min(a, b), std::max(a, b)});
    members_.at(a)->state.peer_down(members_.at(b)->who, now);
    members_.at(b)->state.peer_down(members_.at(a)->who, now);
  }

  /// Loses the messages that were sent and not delivered, except the first `kept`.
  void deliver_some_and_lose_the_rest(const std::string& a, const std::string& b, size_t kept) {
    collect();
    for (auto& [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
      auto& queue = wires_[{from, to}];
      if (queue.size() > kept)
        queue.resize(kept);
    }
  }

  void settle() {
    for (;;) {
      collect();
      auto busy = std::find_if(wires_.begin(), wires_.end(), [](const auto& x) { return !x.second.empty(); });
      if (busy == wires_.end())
        return;
      auto message = std::move(busy->second.front());
      busy->second.pop_front();
      members_.at(busy->first.second)->state.receive(members_.at(busy->first.first)->who, message);
    }
  }

  void pass(std::chrono::milliseconds time) {
    now += time;
    for (auto& [name, x] : members_)
      x->state.expire(now);
  }

  void beat() {
    for (auto& [name, x] : members_)
      x->state.beat();
    settle();
  }

  /// What a node shows, sorted, because the metas of a key have a different order on each node.
  json seen_by(const std::string& name) const {
    auto result = members_.at(name)->state.view().state("t").value();
    for (auto& [key, presence] : result.items())
      std::sort(presence["metas"].begin(), presence["metas"].end(),
                [](const json& x, const json& y) { return x["phx_ref"] < y["phx_ref"]; });
    return result;
  }

  presence_replica::time_point now{1s};

private:
  void collect() {
    for (auto& [name, x] : members_)
      for (auto& message : x->state.take_outgoing())
        for (auto& [other, y] : members_)
          if (other != name && (message.to.empty() || message.to == other)
              && up_.contains({std::min(name, other), std::max(name, other)}))
            wires_[{name, other}].push_back(message.message);
  }

  std::map<std::string, std::unique_ptr<member>> members_;
  std::set<std::pair<std::string, std::string>> up_;
  std::map<std::pair<std::string, std::string>, std::deque<presence_message>> wires_;
};

} // namespace

TEST_CASE("presence replica: a node asks for the messages that were sent before it listened") {
  world w;
  auto& a = w.start("a", 1);
  auto& b = w.start("b", 2);
  a.state.join("t", "ann", json{{"n", 1}});
  w.connect("a", "b");
  w.deliver_some_and_lose_the_rest("a", "b", 0); // everything that both have sent
  b.state.peer_up(a.who);
  w.settle();
  CHECK(w.seen_by("b").size() == 1);
}

TEST_CASE("presence replica: lost messages are requested again") {
  world w;
  auto& a = w.start("a", 1);
  w.start("b", 2);
  w.connect("a", "b");
  w.settle();
  a.state.join("t", "ann", json{{"n", 1}});
  w.deliver_some_and_lose_the_rest("a", "b", 0);
  a.state.join("t", "bob", json{{"n", 2}});
  w.settle();
  CHECK(w.seen_by("b").size() == 2);
  a.state.join("t", "cleo", json{{"n", 3}});
  w.deliver_some_and_lose_the_rest("a", "b", 0);
  w.beat(); // no op follows, so that only the digest can reveal the loss
  CHECK(w.seen_by("b").size() == 3);
}

TEST_CASE("presence replica: a mirror reports how many changes of its origin it lacks") {
  world w;
  auto& a = w.start("a", 1);
  auto& b = w.start("b", 2);
  w.connect("a", "b");
  a.state.join("t", "ann", json::object());
  w.settle();
  CHECK(b.state.mirrors() == std::vector<presence_mirror>{{"a", true, 0, 1}});
  a.state.join("t", "bob", json::object());
  a.state.join("t", "cid", json::object());
  w.deliver_some_and_lose_the_rest("a", "b", 0);
  a.state.beat();
  for (const auto& x : a.state.take_outgoing())
    b.state.receive(a.who, x.message); // the request that it causes is not answered yet
  CHECK(b.state.mirrors() == std::vector<presence_mirror>{{"a", true, 2, 1}});
  w.settle();
  CHECK(b.state.mirrors() == std::vector<presence_mirror>{{"a", true, 0, 3}});
  w.cut("a", "b");
  CHECK(b.state.mirrors() == std::vector<presence_mirror>{{"a", false, 0, 3}});
}

TEST_CASE("presence replica: a snapshot with a lost part is requested again") {
  world w;
  auto& a = w.start("a", 1);
  w.start("b", 2);
  const json meta{{"text", std::string(1'000, 'x')}};
  for (int i = 0; i < 12'000; ++i)
    a.state.join("t", "key" + std::to_string(i), meta);
  w.connect("a", "b");
  w.settle();
  CHECK(w.seen_by("b").size() == 12'000);
  w.start("b", 3);
  w.connect("a", "b");
  w.deliver_some_and_lose_the_rest("a", "b", 1);
  w.beat();
  w.deliver_some_and_lose_the_rest("a", "b", 3);
  w.settle();
  w.beat();
  w.beat();
  CHECK(w.seen_by("b").size() == 12'000);
}

TEST_CASE("presence replica: whatever happens, connected nodes converge") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    world w;
    const std::array<std::string, 3> names{"a", "b", "c"};
    std::map<std::string, member*> members;
    uint64_t lives = 0;
    for (const auto& name : names)
      members[name] = &w.start(name, ++lives);
    std::set<std::pair<size_t, size_t>> up;
    for (int step = 0; step < 120; ++step) {
      const auto i = random() % 3;
      const auto j = (i + 1 + random() % 2) % 3;
      auto& own = members[names[i]]->state;
      const std::pair pair{std::min(i, j), std::max(i, j)};
      switch (random() % 8) {
        case 0:
        case 1:
          own.join("t", "key" + std::to_string(random() % 4), json{{"n", static_cast<int>(random() % 100)}});
          break;
        case 2:
          if (!own.own().empty())
            own.update(own.own().begin()->first, json{{"n", static_cast<int>(random() % 100)}});
          break;
        case 3:
          if (!own.own().empty())
            own.leave(own.own().begin()->first);
          break;
        case 4:
          if (up.erase(pair) != 0)
            w.cut(names[i], names[j]);
          else if (up.insert(pair).second)
            w.connect(names[i], names[j]);
          break;
        case 5:
          w.deliver_some_and_lose_the_rest(names[i], names[j], random() % 3);
          break;
        case 6:
          w.pass(std::chrono::milliseconds{random() % 4'000});
          break;
        default:
          w.settle();
      }
    }
    for (size_t i = 0; i < 3; ++i)
      for (size_t j = i + 1; j < 3; ++j)
        if (up.insert({i, j}).second)
          w.connect(names[i], names[j]);
    w.settle();
    w.beat();
    w.beat();
    CHECK(w.seen_by("a") == w.seen_by("b"));
    CHECK(w.seen_by("b") == w.seen_by("c"));
  }
}

TEST_CASE("presence message codec: every message is decoded as it was encoded") {
  presence_entry entry{7, "room:1", "ann", presence_meta::make(json{{"n", 1}}, "ref", "prev")};
  presence_op op{300, presence_op::kind::update, entry};
  const std::vector<presence_message> all{presence_digest{1'000'000, ~uint64_t{0}}, presence_ops{{op, op}},
                                          presence_want{12, true}, presence_part{9, 1, 3, {entry}}, presence_goodbye{}};
  for (const auto& x : all) {
    std::string bytes;
    append_presence_message(bytes, 5, x);
    const auto read = parse_presence_message(bytes);
    REQUIRE(read);
    CHECK(read->first == 5);
    CHECK(read->second == x);
    for (size_t n = 0; n < bytes.size(); ++n)
      if (!std::holds_alternative<presence_goodbye>(x))
        CHECK_FALSE(parse_presence_message(std::string_view{bytes}.substr(0, n)));
  }
}

TEST_CASE("presence message codec: a meta of another node is read as this node would have written it") {
  for (const auto& [told, read] : std::vector<std::pair<std::string, std::string>>{
         {"{ }", "{}"}, {R"({ "n" : 1, "phx_ref": "forged" })", R"({"n" : 1})"}, {"[1]", "{}"}, {"no JSON", "{}"}}) {
    presence_entry entry{7, "room:1", "ann", presence_meta::make(json::object(), "ref", "")};
    entry.meta.body = payload::from_text(std::string{told});
    std::string bytes;
    append_presence_message(bytes, 5, presence_part{9, 1, 3, {entry}});
    const auto message = parse_presence_message(bytes);
    REQUIRE(message);
    const auto& kept = std::get<presence_part>(message->second).entries.at(0).meta.body;
    CHECK(json::parse(kept.bytes()) == json::parse(read));
    CHECK((kept.bytes() == "{}" || kept.bytes().substr(0, 2) != "{ "));
  }
}
