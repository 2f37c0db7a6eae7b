#include <memory>

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
