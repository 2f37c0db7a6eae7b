#include <doctest/doctest.h>

#include "tests/wire/wire_client.hpp"

using namespace bennu::test;

TEST_CASE("wire: a join is answered with the channel's response") {
  wire_client client;
  client.send_as("1", "1", "echo:a", "phx_join", {{"x", 1}});
  CHECK(client.next() == reply("1", "1", "echo:a", "ok", {{"x", 1}}));
}

TEST_CASE("wire: join_ref and ref may differ, and keep their JSON types") {
  wire_client client;
  client.send_as(7, 15, "echo:a", "phx_join");
  CHECK(client.next() == reply(7, 15, "echo:a", "ok"));
}

TEST_CASE("wire: after the join of a room come its broadcast and then its push") {
  wire_client client({.query = "vsn=2.0.0&user_id=u1"});
  const auto ref = client.join("room:join-order", {{"user", "ann"}});
  CHECK(client.next() == broadcasted("room:join-order", "user_entered", {{"user", "ann"}}));
  CHECK(client.next() == pushed(ref, "room:join-order", "joined", {{"status", "connected"}, {"user_id", "u1"}}));
}

TEST_CASE("wire: a topic that no route fits is unmatched, for a join and for an event") {
  wire_client client;
  client.send_as("1", "2", "nowhere:a", "phx_join");
  CHECK(client.next() == error_reply(nullptr, "2", "nowhere:a", "unmatched topic"));
  client.send_as("1", "3", "nowhere:a", "hello");
  CHECK(client.next() == error_reply(nullptr, "3", "nowhere:a", "unmatched topic"));
}

TEST_CASE("wire: an event on a topic that was not joined is unmatched") {
  wire_client client;
  client.send_as("1", "2", "echo:a", "echo");
  CHECK(client.next() == error_reply(nullptr, "2", "echo:a", "unmatched topic"));
}

TEST_CASE("wire: a refused join is answered with its reason, and can be tried again") {
  wire_client client;
  for (const auto* ref : {"1", "2"}) {
    client.send_as(ref, ref, "echo:deny", "phx_join");
    CHECK(client.next() == error_reply(ref, ref, "echo:deny", "unauthorized"));
  }
}

TEST_CASE("wire: a join whose handler throws is answered `join crashed`") {
  wire_client client;
  client.send_as("1", "1", "echo:joincrash", "phx_join");
  CHECK(client.next() == error_reply("1", "1", "echo:joincrash", "join crashed"));
  CHECK(client.hears_nothing());
}

TEST_CASE("wire: a duplicate join is answered first, then the former channel closes") {
  wire_client client;
  client.join("echo:a");
  client.send_as("new", "new", "echo:a", "phx_join");
  CHECK(client.next() == reply("new", "new", "echo:a", "ok"));
  CHECK(client.next() == closed("1", "echo:a"));
  client.send_as("1", "stale", "echo:a", "echo");
  client.send_as("new", "fresh", "echo:a", "echo");
  CHECK(client.next() == reply("new", "fresh", "echo:a", "ok"));
}

TEST_CASE("wire: a join with a null join_ref lets everything match") {
  wire_client client;
  client.send_as(nullptr, "5", "echo:a", "phx_join");
  CHECK(client.next() == reply("5", "5", "echo:a", "ok"));
  client.send_as("anything", "6", "echo:a", "echo", {{"x", 1}});
  CHECK(client.next() == reply("5", "6", "echo:a", "ok", {{"x", 1}}));
}

TEST_CASE("wire: over the limit of channels a join is refused, one channel less is enough") {
  wire_client client;
  for (int i = 0; i < 100; ++i)
    client.join("echo:" + std::to_string(i));
  client.send_as("a", "a", "echo:100", "phx_join");
  CHECK(client.next() == error_reply("a", "a", "echo:100", "too many channels joined"));
  client.send_as("1", "b", "echo:0", "phx_leave");
  CHECK(client.next() == reply("1", "b", "echo:0", "ok"));
  CHECK(client.next() == closed("1", "echo:0"));
  client.join("echo:100");
}

TEST_CASE("wire: at the limit an unmatched topic is still unmatched, and a duplicate join succeeds") {
  wire_client client({.path = "/strict/websocket", .origin = "http://example.com"});
  client.join("echo:a");
  client.send_as("2", "2", "nowhere:a", "phx_join");
  CHECK(client.next() == error_reply(nullptr, "2", "nowhere:a", "unmatched topic"));
  client.send_as("3", "3", "echo:b", "phx_join");
  CHECK(client.next() == error_reply("3", "3", "echo:b", "too many channels joined"));
  client.send_as("4", "4", "echo:a", "phx_join");
  CHECK(client.next() == reply("4", "4", "echo:a", "ok"));
  CHECK(client.next() == closed("1", "echo:a"));
}

TEST_CASE("wire: refused and crashed joins take no slot of the limit") {
  wire_client client({.path = "/strict/websocket", .origin = "http://example.com"});
  client.send_as("d", "d", "echo:deny", "phx_join");
  CHECK(client.next() == error_reply("d", "d", "echo:deny", "unauthorized"));
  client.send_as("c", "c", "echo:joincrash", "phx_join");
  CHECK(client.next() == error_reply("c", "c", "echo:joincrash", "join crashed"));
  client.join("echo:a");
}
