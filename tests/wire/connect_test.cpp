#include <doctest/doctest.h>

#include "tests/wire/wire_client.hpp"

using namespace bennu::test;

TEST_CASE("wire: a socket that refuses is an HTTP status, before the upgrade is looked at") {
  CHECK(http_status({.query = "vsn=2.0.0&reject=true"}) == 403);
  CHECK(http_status({.query = "vsn=2.0.0&ratelimit=true"}) == 429);
  CHECK(http_status({.query = "vsn=2.0.0&reject=true", .upgrades = false}) == 403);
}

TEST_CASE("wire: a plain GET at the socket's path is 400, an unknown path 404") {
  CHECK(http_status({.upgrades = false}) == 400);
  CHECK(http_status({.path = "/nowhere", .upgrades = false}) == 404);
  CHECK(http_status({.path = "/nowhere/websocket"}) == 404);
}

TEST_CASE("wire: vsn must be a full version that is known") {
  for (const auto* good : {"vsn=2.0.0", "vsn=2.0.7", "vsn=1.0.0", ""})
    CHECK(http_status({.query = good}) == 101);
  for (const auto* bad : {"vsn=2", "vsn=2.1.0", "vsn=3.0.0", "vsn=x", "vsn="})
    CHECK(http_status({.query = bad}) == 403);
}

TEST_CASE("wire: the strict socket lets in pages of example.com alone; the other one any") {
  CHECK(http_status({.path = "/strict/websocket", .origin = "http://example.com"}) == 101);
  CHECK(http_status({.path = "/strict/websocket", .origin = "https://example.com:8443"}) == 101);
  CHECK(http_status({.path = "/strict/websocket", .origin = "http://evil.com"}) == 403);
  CHECK(http_status({.path = "/strict/websocket", .origin = "http://example.com.evil.com"}) == 403);
  CHECK(http_status({.origin = "http://evil.com"}) == 101);
}

TEST_CASE("wire: a kick closes every connection of that user with 1001, and no other") {
  wire_client first({.query = "vsn=2.0.0&user_id=kicked"});
  wire_client second({.query = "vsn=2.0.0&user_id=kicked"});
  wire_client other({.query = "vsn=2.0.0&user_id=stays"});
  first.join("echo:kick");
  other.join("echo:kick");
  const auto ref = other.push("echo:kick", "kick", {{"user_id", "kicked"}});
  CHECK(other.next() == reply("1", ref, "echo:kick", "ok"));
  CHECK(first.close_code() == 1001);
  CHECK(second.close_code() == 1001);
  CHECK(other.hears_nothing());
}

TEST_CASE("wire: who kicks himself gets the reply, then the close") {
  wire_client client({.query = "vsn=2.0.0&user_id=self"});
  client.join("echo:kick-self");
  const auto ref = client.push("echo:kick-self", "kick", {{"user_id", "self"}});
  CHECK(client.next() == reply("1", ref, "echo:kick-self", "ok"));
  CHECK(client.close_code() == 1001);
}

TEST_CASE("wire: a client that says nothing for the idle timeout is closed with 1002") {
  wire_client client({.path = "/strict/websocket", .origin = "http://example.com"});
  CHECK(client.close_code() == 1002);
}

TEST_CASE("wire: on SIGTERM a client with a channel is told 1012, one without 1000, and the exit "
          "is clean") {
  probe_process probe;
  wire_client joined({.port = probe.port()});
  wire_client idle({.port = probe.port()});
  joined.join("echo:a");
  CHECK(idle.hears_nothing());
  probe.terminate();
  CHECK(joined.close_code() == 1012);
  CHECK(idle.close_code() == 1000);
  CHECK(probe.wait() == 0);
}
