#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

/// Follows feeds on behalf of its client, as a GraphQL server does.
class feed_reader : public channel_of<feed_reader> {
public:
  using channel_of::channel_of;

  join_result join(const json& params) override {
    if (params.contains("follow"))
      CHECK(subscribe(params.at("follow").get<std::string>()));
    return params.contains("refuse") ? join_result{refuse{}} : join_result{accept{}};
  }

  void terminate(const caf::error&) override { CHECK_FALSE(subscribe("feed:late")); }

  static events<feed_reader> events_in() {
    return {
      {"follow",
       [](feed_reader& self, const json& in) {
         return self.subscribe(in.get<std::string>()) ? reply::ok() : reply::error({{"reason", "full"}});
       }},
      {"unfollow",
       [](feed_reader& self, const json& in) {
         return reply::ok({{"followed", self.unsubscribe(in.get<std::string>())}});
       }},
      {"followed",
       [](feed_reader& self, const json&) {
         return reply::ok({{"topics", self.subscriptions()}});
       }},
      {"tell", [](feed_reader& self, const payload& in) { self.push_to("feed:own", "told", in); }},
      {"tell_here", [](feed_reader& self, const payload& in) { self.push_to(self.topic(), "told", in); }},
      {"intercepted", [](feed_reader&, const json&) {}},
    };
  }

  static events<feed_reader> events_out() {
    return {{"item", [](feed_reader&, const json&) {}}};
  }
};

endpoint readers(restart restart_as = restart::transient) {
  return endpoint{"/socket"}.serve<open_socket>().channel<feed_reader>(
    "reader:*", {.restart_as = restart_as, .max_subscriptions = 2});
}

void follow(const test_channel& ann, const std::string& topic) {
  ann.expect_reply(ann.push("follow", json(topic)), "ok");
}

} // namespace

TEST_CASE("subscribe: the client receives a topic's broadcasts under that topic, until its channel unsubscribes it") {
  channel_case test{readers()};
  const auto client = test.connect();
  const auto ann = client.join("reader:ann");
  test.broadcast("feed:1", "item", {{"n", 0}});
  follow(ann, "feed:1");
  follow(ann, "feed:1");
  test.broadcast("feed:1", "item", {{"n", 1}}); // not intercepted, although `events_out` lists it
  test.broadcast("feed:2", "item", {{"n", 2}});
  client.expect_received("feed:1", "item", {{"n", 1}});
  client.expect_not_received("feed:1", "item"); // it comes once
  client.expect_not_received("feed:2", "item");
  ann.expect_reply(ann.push("unfollow", json("feed:1")), "ok", {{"followed", true}});
  ann.expect_reply(ann.push("unfollow", json("feed:1")), "ok", {{"followed", false}});
  test.broadcast("feed:1", "item", {{"n", 3}});
  client.expect_not_received("feed:1", "item");
}

TEST_CASE("subscribe: over max_subscriptions it is refused and counted; another end makes room; a bad topic throws") {
  channel_case test{readers()};
  const auto ann = test.connect().join("reader:ann");
  follow(ann, "feed:1");
  follow(ann, "feed:2");
  ann.expect_reply(ann.push("follow", json("feed:3")), "error", {{"reason", "full"}});
  follow(ann, "feed:2");     // it has that one
  follow(ann, "reader:ann"); // its own topic takes no place
  CHECK(test.events("limit.hit") == 1);
  ann.expect_reply(ann.push("followed"), "ok", {{"topics", json::array({"feed:1", "feed:2"})}});
  ann.push("unfollow", json("feed:1"));
  follow(ann, "feed:3");
  ann.push("unfollow", json("feed:2"));
  follow(ann, std::string(1024, 't'));
  ann.expect_reply(ann.push("follow", json(std::string(1025, 't'))), "error", {{"reason", "crashed"}});
}

TEST_CASE("subscribe: in join it takes effect when the join is accepted, and never when it is refused") {
  channel_case test{readers()};
  const auto client = test.connect();
  CHECK(client.try_join("reader:no", {{"follow", "feed:1"}, {"refuse", true}}).status == "error");
  test.broadcast("feed:1", "item");
  client.expect_not_received("feed:1", "item");
  client.join("reader:yes", {{"follow", "feed:1"}});
  test.broadcast("feed:1", "item");
  client.expect_received("feed:1", "item");
  client.expect_not_received("feed:1", "item");
}

TEST_CASE("subscribe: a leave, a rejoin and a closed connection end the subscriptions") {
  channel_case test{readers()};
  const auto client = test.connect();
  const auto ann = client.join("reader:ann");
  follow(ann, "feed:1");
  ann.leave();
  test.broadcast("feed:1", "item");
  client.expect_not_received("feed:1", "item");
  follow(client.join("reader:ann"), "feed:1");
  const auto again = client.join("reader:ann");
  test.broadcast("feed:1", "item");
  client.expect_not_received("feed:1", "item");
  again.expect_reply(again.push("followed"), "ok", {{"topics", json::array()}});
  follow(again, "feed:1");
  client.close();
  test.broadcast("feed:1", "item");
  client.expect_not_received("feed:1", "item");
}

TEST_CASE("subscribe: a restart in place keeps the subscriptions; a channel that is given up loses them") {
  {
    channel_case test{readers()};
    const auto client = test.connect();
    const auto ann = client.join("reader:ann", {{"follow", "feed:1"}});
    follow(ann, "feed:2");
    test.crash(ann);
    test.expect_restarted(ann);
    ann.expect_reply(ann.push("followed"), "ok", {{"topics", json::array({"feed:1", "feed:2"})}});
    for (const auto* feed : {"feed:1", "feed:2"}) {
      test.broadcast(feed, "item");
      client.expect_received(feed, "item");
      client.expect_not_received(feed, "item");
    }
  }
  channel_case test{readers(restart::temporary)};
  const auto client = test.connect();
  const auto ann = client.join("reader:ann", {{"follow", "feed:1"}});
  test.crash(ann);
  ann.expect_error();
  test.broadcast("feed:1", "item");
  client.expect_not_received("feed:1", "item");
}

TEST_CASE("subscribe: two channels of one client that follow one topic let it receive each broadcast twice") {
  channel_case test{readers()};
  const auto client = test.connect();
  const auto one = client.join("reader:1", {{"follow", "feed:1"}});
  client.join("reader:2", {{"follow", "feed:1"}});
  test.broadcast("feed:1", "item");
  client.expect_received("feed:1", "item");
  client.expect_received("feed:1", "item");
  one.leave();
  test.broadcast("feed:1", "item");
  client.expect_received("feed:1", "item");
  client.expect_not_received("feed:1", "item");
}

TEST_CASE("push_to: the message stands under the other topic without a join_ref; under its own topic it is a push") {
  channel_case test{readers()};
  const auto client = test.connect();
  const auto ann = client.join("reader:ann");
  ann.push("tell", {{"x", 1}});
  client.expect_received("feed:own", "told", {{"x", 1}});
  ann.push("tell", payload::binary("bytes"));
  CHECK(client.expect_received("feed:own", "told").is_binary());
  ann.push("tell_here", {{"x", 2}});
  ann.expect_push("told", {{"x", 2}});
}
