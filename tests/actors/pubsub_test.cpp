#include <memory>

#include <doctest/doctest.h>

#include "actors/client/unit_services.hpp"
#include "tests/actors/client_case.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/node.hpp>

using namespace bennu;
using namespace bennu::engine;
using bennu::test::client_case;

namespace {

/// Counts the broadcasts that it receives.
caf::actor counting(client_case& at, std::shared_ptr<int> heard) {
  auto count = [](caf::event_based_actor*, std::shared_ptr<int> to) -> caf::behavior {
    return {[to](const broadcast_ptr&) { ++*to; }};
  };
  return at.home().system().spawn(count, std::move(heard));
}

} // namespace

TEST_CASE("pubsub: an actor receives each broadcast of its topics once, however often it subscribed") {
  client_case test{endpoint{"/socket"}.serve<test::open_socket>()};
  auto& topics = test.home().topics();
  auto heard = std::make_shared<int>(0);
  const auto listener = counting(test, heard);
  for (const auto* topic : {"a", "a", "b"})
    topics.subscribe(topic, listener);
  test.settle();
  for (const auto* topic : {"a", "b", "c"})
    topics.broadcast(topic, "news");
  test.settle();
  CHECK(*heard == 2);
  topics.unsubscribe("a", listener);
  topics.unsubscribe("a", listener);
  topics.broadcast("a", "news");
  topics.broadcast("b", "news");
  test.settle();
  CHECK(*heard == 3);
  signal_exit(listener, exits::kill());
  test.settle();
  CHECK(test.unit().lane.subscribers.topic_count() == 0);
}

TEST_CASE("pubsub: an actor that ends after a shard was restarted is removed") {
  client_case test{endpoint{"/socket"}.serve<test::open_socket>()};
  auto& topics = test.home().topics();
  auto heard = std::make_shared<int>(0);
  const auto before = counting(test, heard);
  topics.subscribe("a", before);
  test.settle();
  signal_exit(test.unit().lane.shard.get(), exits::crash("as the test asked"));
  test.settle();
  const auto after = counting(test, heard);
  topics.subscribe("a", before); // changes nothing
  topics.subscribe("b", after);
  topics.broadcast("a", "news");
  test.settle();
  CHECK(*heard == 1);
  for (const auto& x : {before, after})
    signal_exit(x, exits::kill());
  test.settle();
  CHECK(test.unit().lane.subscribers.topic_count() == 0);
}

TEST_CASE("pubsub: an actor that unsubscribed from all topics and subscribes again is removed when it ends") {
  client_case test{endpoint{"/socket"}.serve<test::open_socket>()};
  auto& topics = test.home().topics();
  const auto listener = counting(test, std::make_shared<int>(0));
  for (int i = 0; i < 3; ++i) {
    topics.subscribe("a", listener);
    topics.unsubscribe("a", listener);
  }
  topics.subscribe("a", listener);
  test.settle();
  CHECK(test.unit().lane.subscribers.topic_count() == 1);
  signal_exit(listener, exits::kill());
  test.settle();
  CHECK(test.unit().lane.subscribers.topic_count() == 0);
}
