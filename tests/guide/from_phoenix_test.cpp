#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <string>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/testing/channel_case.hpp>

#include "tests/guide/article_channels.hpp"

using namespace std::chrono_literals;
using bennu::any;
using bennu::capture;

namespace article {

namespace {

/// The article's application, with Ann and Bob and their tokens.
struct fixture {
  bennu::token_keys keys{{"a secret of at least thirty-two bytes"}};
  repo store;
  user_limits limits;
  bennu::channel_case test{my_app(keys, store, limits)};

  std::map<std::string, std::string> token(int id) const {
    return {{"token", keys.sign("user socket", std::to_string(id))}};
  }
};

} // namespace

TEST_CASE("article: only a client with a token of ours connects") {
  fixture app;
  app.test.expect_connect_refused({});
  app.test.expect_connect_refused({{"token", "forged"}});
  CHECK(app.test.connect(app.token(1)).id() == "user_socket:1");
}

TEST_CASE("article: rooms that do not exist, or are for others, refuse a join") {
  fixture app;
  auto ann = app.test.connect(app.token(1));
  ann.expect_join_refused("room:nowhere", {}, {{"reason", "room not found"}});
  ann.expect_join_refused("room:office", {}, {{"reason", "unauthorized"}});
  app.test.connect(app.token(2)).join("room:office");
}

TEST_CASE("article: after a join the client receives recent messages and the others learn of it") {
  fixture app;
  app.store.insert("tea", {2, "Bob", ""}, "green?");
  auto bob = app.test.connect(app.token(2)).join("room:tea");
  auto ann = app.test.connect(app.token(1)).join("room:tea");
  ann.expect_push("recent_messages", {{"messages", bennu::list({{{"body", "green?"}}})}});
  ann.expect_push("presence_state", {{"1", {{"metas", bennu::list({{{"joined_at", any()}}})}}}, {"2", any()}});
  bob.expect_received("user_joined", {{"user", {{"name", "Ann"}}}});
  ann.expect_not_received("user_joined");
  ann.leave();
  bob.expect_received("user_left", {{"user_id", 1}});
}

TEST_CASE("article: a new message is broadcast and answered with its id") {
  fixture app;
  auto room = app.test.connect(app.token(1)).join("room:lobby");
  auto ref = room.push("new_message", {{"body", "Hello world"}});
  bennu::json message_id;
  room.expect_reply(ref, "ok", {{"id", capture(message_id)}});
  app.test.expect_broadcast("room:lobby", "new_message", {{"id", message_id}, {"body", "Hello world"}});
  room.expect_reply(room.push("new_message", {{"body", ""}}), "error", {{"errors", any()}});
  room.expect_reply(room.push("new_message", {{"body", std::string(1001, 'x')}}), "error",
                    {{"reason", "message_too_long"}});
  room.expect_reply(room.push("new_message", {{"body", " http://spam.example "}}), "error",
                    {{"reason", "links are not allowed"}});
  room.expect_reply(room.push("new_message", {{"body", "  trimmed\n"}}), "ok");
  app.test.expect_broadcast("room:lobby", "new_message", {{"body", "trimmed"}, {"timestamp", any()}});
}

TEST_CASE("article: typing is for the others") {
  fixture app;
  auto ann = app.test.connect(app.token(1)).join("room:lobby");
  auto bob = app.test.connect(app.token(2)).join("room:lobby");
  ann.push("typing", {{"typing", true}});
  bob.expect_received("user_typing", {{"user_id", 1}, {"typing", true}});
  ann.expect_not_received("user_typing");
}

TEST_CASE("article: a user channel is for its user") {
  fixture app;
  auto ann = app.test.connect(app.token(1));
  ann.expect_join_refused("user:2", {}, {{"reason", "unauthorized"}});
  auto mine = ann.join("user:1");
  mine.expect_reply(mine.push("mark_notifications_read", {{"ids", {1, 2}}}), "ok");
}

TEST_CASE("article: a status is part of the presence") {
  fixture app;
  auto ann = app.test.connect(app.token(1)).join("room:lobby");
  auto bob = app.test.connect(app.token(2)).join("room:lobby");
  app.test.advance(2s);
  ann.push("update_status", {{"status", "away"}});
  app.test.advance(2s);
  CHECK(app.test.presence("room:lobby").at("1").at("metas").at(0).at("status") == "away");
  bob.expect_received("presence_diff", {{"joins", {{"1", {{"metas", bennu::list({{{"status", "away"}}})}}}}}});
}

TEST_CASE("article: a user writes thirty messages a minute, over all connections") {
  fixture app;
  auto phone = app.test.connect(app.token(1)).join("room:lobby");
  auto laptop = app.test.connect(app.token(1)).join("room:lobby");
  for (int i = 0; i < 30; ++i)
    (i % 2 ? phone : laptop).push("new_message", {{"body", "x"}});
  phone.expect_reply(phone.push("new_message", {{"body", "x"}}), "error", {{"reason", "rate_limited"}});
  app.test.advance(2s);
  phone.expect_reply(phone.push("new_message", {{"body", "x"}}), "ok");
}

TEST_CASE("article: what one node broadcasts about a game reaches the clients of all nodes") {
  fixture app;
  auto other = app.test.start_node("b");
  auto player = other.connect(app.token(1)).join("game:7");
  broadcast_game_state(app.test.home().topics(), "7", {{"score", 3}});
  app.test.settle();
  player.expect_push("game_state", {{"score", 3}});
}

TEST_CASE("article: an actor that has subscribed to a game gets its broadcasts") {
  fixture app;
  int score = 0;
  auto& home = app.test.home();
  auto watch = [](caf::event_based_actor*, int* seen) -> caf::behavior {
    return {[seen](const bennu::broadcast_ptr& x) { *seen = x->body.value().at("score").get<int>(); }};
  };
  auto watcher = home.system().spawn(watch, &score);
  subscribe_to_game(home.topics(), "7", watcher);
  app.test.settle();
  broadcast_game_state(home.topics(), "7", {{"score", 3}});
  app.test.settle();
  CHECK(score == 3);
  caf::anon_send_exit(watcher, caf::exit_reason::user_shutdown);
  app.test.settle();
}

} // namespace article
