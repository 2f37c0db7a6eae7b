#include <doctest/doctest.h>

#include "tests/wire/wire_client.hpp"

using namespace bennu::test;

namespace {

/// A client in a room of its own that has heard what follows the join.
void enter(wire_client& client, const std::string& room) {
  client.join(room, {{"user", "ann"}});
  client.next(); // user_entered
  client.next(); // joined
}

} // namespace

TEST_CASE("wire: a leave is answered, then the channel closes, then come its last words") {
  wire_client client;
  enter(client, "room:leave");
  const auto ref = client.push("room:leave", "phx_leave");
  CHECK(client.next() == reply("1", ref, "room:leave", "ok"));
  CHECK(client.next() == closed("1", "room:leave"));
  CHECK(client.next() == pushed("1", "room:leave", "you_left", {{"message", "bye!"}}));
}

TEST_CASE("wire: the leave of a topic that was not joined is ok, and nothing closes") {
  wire_client client;
  client.send_as("9", "1", "echo:a", "phx_leave");
  CHECK(client.next() == reply("9", "1", "echo:a", "ok"));
  CHECK(client.hears_nothing());
}

TEST_CASE("wire: a leave with a stale or null join_ref is ignored") {
  wire_client client;
  client.join("echo:a");
  client.send_as("stale", "2", "echo:a", "phx_leave");
  client.send_as(nullptr, "3", "echo:a", "phx_leave");
  const auto ref = client.push("echo:a", "echo");
  CHECK(client.next() == reply("1", ref, "echo:a", "ok"));
}

TEST_CASE("wire: a channel that stops closes, and its topic is unmatched until joined again") {
  wire_client client;
  client.join("echo:a");
  client.push("echo:a", "stop");
  CHECK(client.next() == closed("1", "echo:a"));
  client.send_as("1", "x", "echo:a", "echo");
  CHECK(client.next() == error_reply(nullptr, "x", "echo:a", "unmatched topic"));
  client.join("echo:a");
}

TEST_CASE("wire: a channel that stops with a reply replies first") {
  wire_client client;
  client.join("echo:a");
  const auto ref = client.push("echo:a", "stop_reply", {{"x", 1}});
  CHECK(client.next() == reply("1", ref, "echo:a", "ok", {{"x", 1}}));
  CHECK(client.next() == closed("1", "echo:a"));
}

TEST_CASE("wire: who left hears no broadcast of the topic any more") {
  wire_client stays, leaves;
  stays.join("echo:left");
  leaves.join("echo:left");
  const auto ref = leaves.push("echo:left", "phx_leave");
  CHECK(leaves.next() == reply("1", ref, "echo:left", "ok"));
  CHECK(leaves.next() == closed("1", "echo:left"));
  stays.push("echo:left", "shout", {{"x", 1}});
  CHECK(stays.next() == broadcasted("echo:left", "shout", {{"x", 1}}));
  CHECK(leaves.hears_nothing());
}
