#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <nlohmann/json.hpp>

#include "actors/cluster/hub/parcel.hpp"
#include "actors/cluster/link/fields.hpp"
#include "actors/history/message.hpp"
#include "actors/node/node_parts.hpp"
#include "actors/presence/message.hpp"
#include "tests/kit/simulation/simulator.hpp"
#include <bennu/actors/presence.hpp>
#include <bennu/supervision/telemetry.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

/// Two nodes that have met, and what crashed on the first.
struct pair_of_nodes {
  explicit pair_of_nodes(uint64_t seed, simulated_node_options options = {}) : sim(seed, std::move(options)) {
    auto& events = telemetry::of(sim.start("a").system());
    events.attach("supervisor.*", [this](const telemetry_event& x) {
      crashes += x.name == "supervisor.child_crashed" || x.name == "supervisor.restarted";
    });
    events.attach("cluster.malformed", [this](const telemetry_event& x) { malformed += x.number("parcels"); });
    events.attach("presence.handler_failed", [this](const telemetry_event&) { ++handlers_failed; });
    sim.start("b");
    sim.run_for(5s);
  }
  ~pair_of_nodes() { people.clear(); }

  /// The session in which `b` speaks to `a` now.
  link_received from_b(std::string bytes) {
    for (const auto& session : sim.network().sessions("a"))
      if (session.who.name == "b")
        return {session.who, session.session, std::make_shared<const std::string>(std::move(bytes))};
    FAIL("the nodes have not met");
    return {};
  }

  caf::actor someone(const std::string& node) {
    people.push_back(
      sim[node].system().spawn([](caf::event_based_actor*, int) -> caf::behavior { return {[](int) {}}; }, 0));
    return people.back();
  }

  presence& here() { return sim["a"].home().presences(); }
  presence& there() { return sim["b"].home().presences(); }

  int crashes = 0;
  int64_t malformed = 0;
  int handlers_failed = 0;
  std::vector<caf::actor> people;
  simulator sim;
};

std::string random_bytes(std::mt19937_64& random, size_t at_most) {
  std::string result(random() % at_most, '\0');
  for (auto& x : result)
    x = static_cast<char>(random() % 4 == 0 ? random() % 256 : "ab{}\":,\xC3\xAB\x00\x1B\n"[random() % 12]);
  return result;
}

std::string parcel_of(parcel_kind kind, const std::string& content) {
  std::string block;
  append_parcel(block, {kind, 1, content});
  return block;
}

/// A block of honest parcels.
std::string honest_block() {
  std::string content;
  append_broadcast(content, 7, {"news", "item", json{{"n", 1}}});
  auto block = parcel_of(parcel_kind::broadcast, content);
  presence_entry entry{1, "room:1", "bob", presence_meta::make(json{{"n", 1}}, "ref-1")};
  content.clear();
  append_presence_message(content, 3, presence_ops{{{1, presence_op::kind::join, entry}}});
  block += parcel_of(parcel_kind::presence, content);
  content.clear();
  append_presence_message(content, 3, presence_part{1, 0, 1, {entry}});
  block += parcel_of(parcel_kind::presence, content);
  const history_item item{1, 1, 0, 5ms, "log:1", "item", json{{"n", 1}}};
  for (const history_message& x :
       {history_message{history_next{item}}, history_message{history_have{{{{"b", 2}, 1, 0ms}, {{"c", 9}, 7, 0ms}}}},
        history_message{history_want{{"a", 1}, 0}},
        history_message{history_part{{"b", 2}, 0, 2, 3, {item}, {{"log:2", 0, 1, 2, 5ms}}}}}) {
    content.clear();
    append_history_message(content, 3, x);
    block += parcel_of(parcel_kind::history, content);
  }
  return block;
}

/// Checks that `a` still works: each node sees what the other one tracks.
void check_serves(pair_of_nodes& x) {
  x.sim.run_for(15s);
  CHECK(x.crashes == 0);
  x.here().track(x.someone("a"), "room:9", "ann", json::object());
  x.there().track(x.someone("b"), "room:9", "bob", json::object());
  CHECK(x.sim.run_until([&] { return x.here().count("room:9") == 2 && x.there().count("room:9") == 2; }, 10s));
  CHECK(x.crashes == 0);
}

} // namespace

TEST_CASE(
  "checked input: track refuses a key, a topic or a meta that cannot be sent to clients, and nothing else happens") {
  pair_of_nodes x{1};
  auto track = [&](const std::string& topic, const std::string& key, const payload& meta) {
    return x.here().track(x.someone("a"), topic, key, meta);
  };
  const std::string after_a_bell = "a\x07";
  CHECK_THROWS_WITH_AS(track("room:1", "a\xFF", {}), doctest::Contains("key of a presence"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(track("room:1", after_a_bell, {}), doctest::Contains("control character"),
                       std::invalid_argument);
  CHECK_THROWS_AS(track("room:1", std::string(max_presence_key_bytes + 1, 'a'), {}), std::invalid_argument);
  CHECK_THROWS_WITH_AS(track("room:\xFF", "a", {}), doctest::Contains("topic of a presence"), std::invalid_argument);
  CHECK_THROWS_AS(track(std::string(max_presence_topic_bytes + 1, 'a'), "a", {}), std::invalid_argument);
  CHECK_THROWS_AS(track("room:1", "a", payload::binary("\xFF")), std::invalid_argument);
  CHECK_THROWS_AS(track("room:1", "a", json{{"x", std::string(max_presence_meta_bytes, 'a')}}), std::invalid_argument);
  CHECK(track("room:1", std::string(max_presence_key_bytes, 'a'), {}));
  CHECK(track("room:\n1", "a", {}));
  CHECK(x.here().count("room:1") == 1);
  check_serves(x);
}

TEST_CASE("checked input: property: whatever bytes are tracked, track refuses them or all nodes see them") {
  pair_of_nodes x{2};
  std::mt19937_64 random{2};
  size_t tracked = 0;
  for (int i = 0; i < 400; ++i) {
    const auto who = x.someone("a");
    try {
      if (x.here().track(who, "room:1", random_bytes(random, 6), json{{"n", i}}))
        ++tracked;
      x.here().update(who, "room:1", random_bytes(random, 3), json{{"n", i}});
    } catch (const std::invalid_argument&) {
      continue;
    }
  }
  x.sim.run_for(3s);
  CHECK(tracked > 50);
  CHECK(tracked < 400);
  CHECK(x.here().count("room:1") == tracked);
  CHECK(x.there().list("room:1") == x.here().list("room:1"));
  check_serves(x);
}

TEST_CASE("checked input: a broadcast whose topic or event is not UTF-8 is refused on its own node") {
  pair_of_nodes x{3};
  auto& topics = x.sim["a"].home().topics();
  CHECK_THROWS_AS(topics.broadcast("room:\xFF", "event", {}), std::invalid_argument);
  CHECK_THROWS_AS(topics.broadcast("room:1", "ev\xC0\x80", {}), std::invalid_argument);
  CHECK_NOTHROW(topics.broadcast("room:\x01", "event\n", {}));
  check_serves(x);
}

TEST_CASE("checked input: bad texts in another node's presences are repaired, so that one bad entry hides no other") {
  pair_of_nodes x{4};
  std::string content;
  field_writer out{content};
  out.number(3).number(4).number(2).number(0).number(1).number(2); // shard 3, a whole snapshot as of op 2: two entries
  out.number(1).text("room:\xFF").text("a\x07\xFF").text("{no json}").text("ref-1").text("");
  out.number(2).text("room:1").text("bob").text("{\"n\":1}").text("ref-2").text("");
  const auto read = parse_presence_message(content);
  REQUIRE(read);
  const auto& entries = std::get<presence_part>(read->second).entries;
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].topic == "room:\xEF\xBF\xBD");
  CHECK(entries[0].key == "a\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(entries[0].meta.body.bytes() == "{}");
  CHECK(entries[1].key == "bob");
  x.sim["a"].deliver(x.from_b(parcel_of(parcel_kind::presence, content)));
  check_serves(x);
}

TEST_CASE("checked input: a broadcast of another node that is not JSON or not UTF-8 is dropped and reported") {
  pair_of_nodes x{5};
  auto say = [&](std::string_view topic, std::string_view event, std::string_view body) {
    std::string content;
    field_writer{content}.number(1).text(topic).text(event).number(0).text(body);
    x.sim["a"].deliver(x.from_b(parcel_of(parcel_kind::broadcast, content)));
  };
  say("room:\xFF", "event", "{}");
  say("room:1", "\xFF", "{}");
  say("room:1", "event", "{\"a\":");
  x.sim.run_for(1s);
  CHECK(x.malformed == 3);
  check_serves(x);
}

TEST_CASE("checked input: an exit signal that is not its parent's does not end the hub") {
  pair_of_nodes x{5};
  auto& parts = x.sim["a"].home().parts();
  auto ignored = 0;
  telemetry::of(x.sim["a"].system()).attach("process.exit_ignored", [&](const telemetry_event& event) {
    ignored += event.text("label") == "hub" ? 1 : 0;
  });
  const auto hub = parts.hub.get();
  signal_exit(hub, exits::shutdown(), x.someone("a").address());
  x.sim.run_for(1s);
  CHECK(ignored == 1);
  CHECK(parts.hub.get() == hub);
  check_serves(x);
}

TEST_CASE("checked input: property: whatever another node sends, no actor of this one crashes") {
  pair_of_nodes x{6, {.prepare = [](node& home) { home.parts().keep_history("log:*", {}); }}};
  std::mt19937_64 random{6};
  const auto honest = honest_block();
  for (int i = 0; i < 3'000; ++i) {
    std::string block;
    switch (random() % 3) {
      case 0:
        block = random_bytes(random, 60);
        break;
      case 1:
        block = parcel_of(static_cast<parcel_kind>(random() % 7), random_bytes(random, 60));
        break;
      default:
        block = honest;
        for (auto changes = random() % 4; changes > 0; --changes)
          block[random() % block.size()] = static_cast<char>(random() % 256);
    }
    x.sim["a"].deliver(x.from_b(std::move(block)));
    x.sim.run_for(1ms);
    if (x.sim.network().sessions("a").empty())
      x.sim.run_for(10s); // a block without shape ends the session
  }
  CHECK(x.malformed > 0);
  x.sim.reset("a", "b");
  check_serves(x);
}

TEST_CASE(
  "checked input: an exception of the application's presence handler is reported, and all are told of the change") {
  struct broken : presence_handler {
    json fetch(const std::string&, json) override { throw std::runtime_error("as the test asked"); }
    void handle_metas(const std::string&, const json&, const json&) override { throw 1; }
  };
  const auto handler = std::make_shared<broken>();
  pair_of_nodes x{7, {.prepare = [&](node& home) { home.presences().handle_with(handler); }}};
  x.here().track(x.someone("a"), "room:1", "ann", json::object());
  x.sim.run_for(1s);
  CHECK(x.handlers_failed == 2);
  CHECK(x.crashes == 0);
  CHECK_THROWS_AS(x.here().list("room:1"), std::runtime_error);
  CHECK(x.there().count("room:1") == 1);
}
