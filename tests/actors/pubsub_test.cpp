#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <caf/make_counted.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/node/node_parts.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include "tests/actors/answers.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

/// A node with actors that count the broadcasts that they receive.
struct counting_case : channel_case {
  counting_case() : channel_case(endpoint{"/socket"}.serve<open_socket>()) {}

  caf::actor counting() {
    auto count = [](caf::event_based_actor*, std::shared_ptr<int> to) -> caf::behavior {
      return {[to](const broadcast_ptr&) { ++*to; }};
    };
    return home().system().spawn(count, heard);
  }

  void kill(const caf::actor& x) {
    signal_exit(x, exits::kill());
    settle();
  }

  size_t topic_count() { return lane().subscribers.topic_count(); }
  pubsub_lane& lane() { return home().parts().units.front()->lane; }

  pubsub& topics = home().topics();
  std::shared_ptr<int> heard = std::make_shared<int>(0);
};

struct silent : subscriber {
  void receive_broadcast(const broadcast&) override {}
};

/// A table with `count` topics of one subscriber each.
struct crowded_table {
  explicit crowded_table(size_t count) {
    for (size_t i = 0; i < count; ++i)
      add("room:" + std::to_string(1'000'000 + i));
  }
  ~crowded_table() {
    for (auto& [topic, who] : all)
      table.remove(topic, *who);
  }
  void add(const std::string& topic) {
    all.emplace_back(topic, caf::make_counted<silent>());
    table.add(topic, *all.back().second);
  }

  subscriber_table table;
  std::vector<std::pair<std::string, caf::intrusive_ptr<silent>>> all;
};

} // namespace

TEST_CASE("pubsub: an actor receives each broadcast of its topics once, however often it subscribed") {
  counting_case test;
  const auto listener = test.counting();
  for (const auto* topic : {"a", "a", "b"})
    test.topics.subscribe(topic, listener);
  for (const auto* topic : {"a", "b", "c"})
    test.broadcast(topic, "news");
  CHECK(*test.heard == 2);
  test.topics.unsubscribe("a", listener);
  test.topics.unsubscribe("a", listener);
  test.broadcast("a", "news");
  test.broadcast("b", "news");
  CHECK(*test.heard == 3);
  test.kill(listener);
  CHECK(test.topic_count() == 0);
}

TEST_CASE("pubsub: an actor that ends after a shard was restarted is removed") {
  counting_case test;
  const auto before = test.counting();
  test.topics.subscribe("a", before);
  test.settle();
  signal_exit(test.lane().shard.get(), exits::crash("as the test asked"));
  test.settle();
  const auto after = test.counting();
  test.topics.subscribe("a", before); // changes nothing
  test.topics.subscribe("b", after);
  test.broadcast("a", "news");
  CHECK(*test.heard == 1);
  test.kill(before);
  test.kill(after);
  CHECK(test.topic_count() == 0);
}

TEST_CASE("pubsub: an actor that unsubscribed from all topics and subscribes again is removed when it ends") {
  counting_case test;
  const auto listener = test.counting();
  for (int i = 0; i < 3; ++i) {
    test.topics.subscribe("a", listener);
    test.topics.unsubscribe("a", listener);
  }
  test.topics.subscribe("a", listener);
  test.settle();
  CHECK(test.topic_count() == 1);
  test.kill(listener);
  CHECK(test.topic_count() == 0);
}

TEST_CASE("pubsub: an actor receives the broadcasts of other nodes, and its own node's while the link is cut") {
  counting_case test;
  const auto other = test.start_node();
  test.topics.subscribe("a", test.counting());
  test.settle();
  other.broadcast("a", "news");
  CHECK(*test.heard == 1);
  other.cut();
  other.broadcast("a", "news"); // is lost
  test.broadcast("a", "news");
  CHECK(*test.heard == 2);
  other.heal();
  other.broadcast("a", "news");
  CHECK(*test.heard == 3);
}

TEST_CASE("pubsub: each node tells its own subscribers of other nodes that come and go") {
  counting_case test;
  const std::string nodes{nodes_topic};
  test.watch(nodes);
  const auto other = test.start_node("b");
  other.watch(nodes);
  test.expect_broadcast(nodes, "nodeup", exactly({{"node", "b"}}));
  other.cut();
  test.expect_broadcast(nodes, "nodedown", exactly({{"node", "b"}}));
  other.expect_broadcast(nodes, "nodedown", exactly({{"node", "a"}}));
  other.heal();
  test.expect_broadcast(nodes, "nodeup");
  other.expect_broadcast(nodes, "nodeup");
}

TEST_CASE("pubsub: an empty handle is refused as a subscriber, and disturbs nobody as one that leaves") {
  counting_case test;
  CHECK_THROWS_AS(test.topics.subscribe("a", caf::actor{}), std::invalid_argument);
  test.topics.unsubscribe("a", caf::actor{});
  test.watch("a");
  test.broadcast("a", "news");
  test.expect_broadcast("a", "news");
}

TEST_CASE("pubsub: a topic or an event that is not UTF-8 is refused, and controls are allowed") {
  counting_case test;
  CHECK_THROWS_AS(test.topics.broadcast("\xff", "news"), std::invalid_argument);
  CHECK_THROWS_AS(test.topics.broadcast("a", "\xff"), std::invalid_argument);
  test.watch("a\n");
  test.broadcast("a\n", "new\ts");
  test.expect_broadcast("a\n", "new\ts");
}

TEST_CASE("topic scan: a scan in small steps finds every topic once, with all its subscribers") {
  crowded_table x{1'000};
  x.add("room:1000500");
  x.add("lobby");
  topic_scan found{{"room:", "", 2'000}};
  subscriber_table::cursor at;
  size_t steps = 1;
  while (x.table.scan(found, at, 10))
    ++steps;
  CHECK(steps >= 100);
  CHECK(found.found().size() == 1'000);
  CHECK(found.found().at("room:1000500") == 2);
  CHECK(found.found().at("room:1000501") == 1);
}

TEST_CASE("topic scan: a table that grows meanwhile is scanned anew, so that no topic is counted twice") {
  crowded_table x{100};
  topic_scan found{{"", "", 10'000}};
  subscriber_table::cursor at;
  REQUIRE(x.table.scan(found, at, 50));
  for (size_t i = 0; i < 2'000; ++i)
    x.add("hall:" + std::to_string(i));
  while (x.table.scan(found, at, 50)) {}
  CHECK(found.found().size() == 2'100);
  for (const auto& [topic, count] : found.found())
    CHECK(count == 1);
}

TEST_CASE("pubsub: the table counts the broadcasts of each topic with subscribers, and how many bytes it has") {
  struct deaf : subscriber {
    void receive_broadcast(const broadcast&) override {}
  };
  subscriber_table table;
  const auto empty = table.footprint();
  const std::string topic = "room:" + std::string(1'000, 'x');
  const auto one = caf::make_counted<deaf>(), other = caf::make_counted<deaf>();
  const auto say = [&](const std::string& where) {
    table.deliver(caf::make_counted<broadcast>(where, "msg", payload{}));
  };
  say(topic);
  CHECK(table.delivered(topic) == 0);
  table.add(topic, *one);
  table.add(topic, *other);
  CHECK(table.footprint() > empty + topic.size());
  say(topic);
  say(topic);
  say("room:1");
  CHECK(table.delivered(topic) == 2); // once each, however many subscribe
  CHECK(table.delivered("room:1") == 0);
  table.remove(topic, *one);
  table.remove(topic, *other);
  CHECK(table.delivered(topic) == 0);
  table.add("a", *one);
  table.remove("a", *one);
  CHECK(table.footprint() < empty + topic.size());
}
