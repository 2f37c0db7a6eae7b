#include <doctest/doctest.h>

#include <bennu/testing/channel_case.hpp>

#include "tests/guide/shop_channels.hpp"

using namespace std::chrono_literals;
using bennu::any;
using bennu::capture;
using bennu::json;

namespace {

bennu::endpoint shop() {
  return bennu::endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*");
}

} // namespace

TEST_CASE("guide: joining room:lobby") {
  bennu::channel_case test{shop()};
  auto room = test.connect({{"token", "ann"}}).join("room:lobby");
  CHECK(room.response().at("room_id") == "lobby");
}

TEST_CASE("guide: a new message is answered and broadcast") {
  bennu::channel_case test{shop()};
  auto room = test.connect({{"token", "ann"}}).join("room:lobby");
  auto ref = room.push("new_message", {{"body", "Hello world"}});
  json message_id;
  room.expect_reply(ref, "ok", {{"id", capture(message_id)}});
  test.expect_broadcast("room:lobby", "new_message", {{"id", message_id}, {"body", "Hello world"}});
}

TEST_CASE("guide: empty messages are rejected") {
  bennu::channel_case test{shop()};
  auto room = test.connect({{"token", "ann"}}).join("room:lobby");
  auto ref = room.push("new_message", {{"body", ""}});
  room.expect_reply(ref, "error", {{"errors", any()}});
}

TEST_CASE("guide: who may connect and join") {
  bennu::channel_case test{shop()};
  CHECK(test.expect_connect_refused({}).status == 403);
  auto client = test.connect({{"token", "ann"}});
  CHECK(client.id() == "user_socket:ann");
  client.expect_join_refused("room:office", {}, {{"reason", "unauthorized"}});
  client.expect_join_refused("nowhere", {}, {{"reason", "unmatched topic"}});
}

TEST_CASE("guide: the order of messages") {
  bennu::channel_case test{shop()};
  auto client = test.connect({{"token", "ann"}});
  auto room = client.join("room:lobby");
  auto ref = room.push("new_message", {{"body", "Hello"}});
  client.expect_exactly({bennu::broadcasted("new_message", {{"body", "Hello"}}), bennu::reply_to(ref, "ok")});
}

TEST_CASE("guide: two clients") {
  bennu::channel_case test{shop()};
  auto ann = test.connect({{"token", "ann"}}).join("room:lobby");
  auto bob = test.connect({{"token", "bob"}}).join("room:lobby");
  ann.push("typing");
  bob.expect_received("typing", {{"user", "ann"}});
  ann.expect_not_received("typing");
}

TEST_CASE("guide: two nodes") {
  bennu::channel_case test{shop()};
  auto other = test.start_node("b");
  auto ann = test.connect({{"token", "ann"}}).join("room:lobby");
  auto bob = other.connect({{"token", "bob"}}).join("room:lobby");
  ann.push("typing");
  bob.expect_received("typing", {{"user", "ann"}});
  other.cut();
  ann.push("typing");
  bob.expect_not_received("typing");
}

TEST_CASE("guide: a reminder comes after ten minutes") {
  bennu::channel_case test{shop()};
  auto room = test.connect({{"token", "ann"}}).join("room:lobby");
  room.push("remind_me");
  test.advance(9min);
  room.expect_no_push("reminder");
  test.advance(1min);
  room.expect_push("reminder", {{"after_minutes", 10}});
}

TEST_CASE("guide: a slow search does not keep others waiting") {
  bennu::channel_case test{shop()};
  auto ann = test.connect({{"token", "ann"}}).join("room:1");
  auto bob = test.connect({{"token", "bob"}}).join("room:2");
  test.hold_blocking("room:1");
  auto slow = ann.push("search");
  bob.expect_reply(bob.push("search"), "ok");
  ann.expect_no_reply(slow);
  test.release_blocking("room:1");
  ann.expect_reply(slow, "ok", {{"found", bennu::list({"green tea", "black tea"})}});
}

TEST_CASE("guide: a crash costs a room its members, not its clients") {
  bennu::channel_case test{shop()};
  auto room = test.connect({{"token", "ann"}}).join("room:lobby");
  auto ref = room.push("new_message", {{"text", "no body"}}); // in.at("body") throws: the channel crashes
  room.expect_reply(ref, "error", {{"reason", "crashed"}});
  room.expect_reply(room.push("new_message", {{"body", "still here"}}), "ok", {{"id", 1}}); // it counts anew
  test.crash(room);
  test.expect_restarted(room);
}

TEST_CASE("guide: a part of the node crashes") {
  bennu::channel_case test{shop()};
  auto room = test.connect({{"token", "ann"}}).join("room:lobby");
  test.crash("presence");
  test.expect_restarted("presence");
  room.expect_reply(room.push("new_message", {{"body", "still here"}}), "ok");
}

TEST_CASE("guide: a message that is lost on purpose") {
  bennu::channel_case test{shop()};
  auto room = test.connect({{"token", "ann"}}).join("room:lobby");
  test.fault("drop label=room_channel* event=new_message");
  room.expect_no_reply(room.push("new_message", {{"body", "lost"}}));
  test.no_more_faults();
  room.expect_reply(room.push("new_message", {{"body", "heard"}}), "ok");
}

TEST_CASE("guide: somebody else is present") {
  bennu::channel_case test{shop()};
  auto room = test.connect({{"token", "ann"}}).join("room:lobby");
  auto bob = test.track("room:lobby", "bob", {{"status", "away"}});
  test.advance(1s);
  room.expect_received("presence_diff", {{"joins", {{"bob", any()}}}});
  CHECK(test.presence("room:lobby").contains("bob"));
  bob.leave();
  test.advance(1s);
  room.expect_received("presence_diff", {{"leaves", {{"bob", any()}}}});
}
