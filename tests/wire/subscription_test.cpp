#include <nlohmann/json.hpp>

#include "tests/wire/client.hpp"

using namespace bennu::test;

namespace {

// The tests share one server, and each way its own feed.
std::string feed_of(const client& x, std::string_view name) {
  return std::string{"feed:"} + std::string{name} + "-" + x.transport() + std::to_string(x.speaks().vsn);
}

void ask(client& ann, std::string_view event, const std::string& feed) {
  const auto ref = ann.push("echo:reader", event, {{"topic", feed}});
  CHECK(ann.next() == ann.replied("1", ref, "echo:reader", "ok"));
}

void publish(client& bob, const std::string& feed, const json& body) {
  const auto ref = bob.push("echo:writer", "publish", {{"topic", feed}, {"event", "item"}, {"payload", body}});
  CHECK(bob.next() == bob.replied("1", ref, "echo:writer", "ok"));
}

} // namespace

CLAIM("subscribe: broadcasts of a topic that nobody joined reach the client under it, in order, until unsubscribe") {
  client ann{Way::value};
  client bob{Way::value};
  const auto feed = feed_of(ann, "order");
  ann.join("echo:reader");
  bob.join("echo:writer");
  ask(ann, "subscribe", feed);
  for (const auto n : {1, 2, 3})
    publish(bob, feed, {{"n", n}});
  for (const auto n : {1, 2, 3})
    CHECK(ann.next() == ann.broadcasted(feed, "item", {{"n", n}}));
  ask(ann, "unsubscribe", feed);
  publish(bob, feed, {{"n", 4}});
  CHECK(ann.hears_nothing());
}

CLAIM("subscribe: a leave ends it, and a second channel's subscription stays") {
  client ann{Way::value};
  client bob{Way::value};
  const auto feed = feed_of(ann, "leave");
  const auto other = feed_of(ann, "stays");
  const auto reader = ann.join("echo:reader");
  bob.join("echo:writer");
  ask(ann, "subscribe", feed);
  const auto second = ann.join("echo:second");
  const auto ref = ann.push("echo:second", "subscribe", {{"topic", other}});
  CHECK(ann.next() == ann.replied(second, ref, "echo:second", "ok"));
  const auto left = ann.push("echo:reader", "phx_leave");
  CHECK(ann.next() == ann.replied(reader, left, "echo:reader", "ok"));
  CHECK(ann.next() == ann.closed(reader, "echo:reader"));
  publish(bob, feed, {{"n", 1}});
  publish(bob, other, {{"n", 2}});
  CHECK(ann.next() == ann.broadcasted(other, "item", {{"n", 2}}));
  CHECK(ann.hears_nothing());
}

CLAIM("push_to: the message stands under the other topic and has no join_ref, joined or not") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:reader");
  ann.join("echo:other");
  for (const std::string topic : {"feed:a", "echo:other"}) {
    const auto ref = ann.push("echo:reader", "push_to", {{"topic", topic}, {"event", "told"}, {"payload", {{"x", 1}}}});
    CHECK(ann.next() == ann.broadcasted(topic, "told", {{"x", 1}}));
    CHECK(ann.next() == ann.replied(join_ref, ref, "echo:reader", "ok"));
  }
}
