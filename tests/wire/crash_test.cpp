#include <doctest/doctest.h>

#include "tests/wire/wire_client.hpp"

using namespace bennu::test;

TEST_CASE("wire: a crash is told by phx_error and not answered; the topic can be joined again") {
  wire_client client;
  client.join("echo:a");
  client.push("echo:a", "crash");
  CHECK(client.next() == crashed("1", "echo:a"));
  client.send_as("1", "x", "echo:a", "echo");
  CHECK(client.next() == error_reply(nullptr, "x", "echo:a", "unmatched topic"));
  client.join("echo:a");
  const auto ref = client.push("echo:a", "echo", {{"x", 1}});
  CHECK(client.next()[1] == ref);
}

TEST_CASE("wire: a crash leaves the other channels of the connection alone") {
  wire_client client;
  client.join("echo:a");
  const auto other = client.join("echo:b");
  client.push("echo:a", "crash");
  CHECK(client.next() == crashed("1", "echo:a"));
  const auto ref = client.push("echo:b", "echo", {{"x", 1}});
  CHECK(client.next() == reply(other, ref, "echo:b", "ok", {{"x", 1}}));
}

TEST_CASE("wire: a crash leaves the other members of the topic alone") {
  wire_client victim, witness;
  victim.join("echo:shared");
  witness.join("echo:shared");
  victim.push("echo:shared", "crash");
  CHECK(victim.next() == crashed("1", "echo:shared"));
  witness.push("echo:shared", "shout", {{"x", 1}});
  CHECK(witness.next() == broadcasted("echo:shared", "shout", {{"x", 1}}));
  CHECK(victim.hears_nothing());
}

TEST_CASE("wire: a room that crashes says no goodbye") {
  wire_client client;
  client.join("room:boom", {{"user", "ann"}});
  client.next(); // user_entered
  client.next(); // joined
  client.push("room:boom", "boom");
  CHECK(client.next() == crashed("1", "room:boom"));
  CHECK(client.hears_nothing());
}

TEST_CASE("wire: an event that the channel does not know crashes it") {
  wire_client client;
  client.join("echo:a");
  client.push("echo:a", "no_such_event");
  CHECK(client.next() == crashed("1", "echo:a"));
}
