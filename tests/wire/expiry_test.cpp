#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

client_options at(const char* socket, int ms) {
  return {.socket = socket, .params = "ms=" + std::to_string(ms), .port = lab_port()};
}

json told(const client& who, int grace_ms) {
  return who.broadcasted("phoenix", "token_expired", {{"grace_ms", grace_ms}});
}

} // namespace

CLAIM("expiry: the client is told on topic `phoenix`, and is closed with 1008 when it does not refresh") {
  client ann{Way::value, at("/expires", 100)};
  CHECK(ann.next() == told(ann, 300));
  CHECK(ann.ended_with(1008));
  CHECK(limit_hits("expiry") > 0);
}

CLAIM("expiry: an accepted refresh is answered ok, and the client stays until the next expiry") {
  client ann{Way::value, at("/renews", 1)};
  CHECK(ann.next() == told(ann, 600'000));
  ann.send_as(nullptr, "1", "phoenix", "refresh_token", {{"ms", 600'000}});
  CHECK(ann.next() == ann.replied(nullptr, "1", "phoenix", "ok"));
  const auto join_ref = ann.join("echo:a");
  const auto ref = ann.push("echo:a", "echo");
  CHECK(ann.next() == ann.replied(join_ref, ref, "echo:a", "ok"));
  ann.send_as(nullptr, "2", "phoenix", "refresh_token", {{"ms", 100}});
  CHECK(ann.next() == ann.replied(nullptr, "2", "phoenix", "ok"));
  CHECK(ann.next() == told(ann, 600'000));
}

CLAIM("expiry: a refused refresh says why and changes nothing; an early refresh replaces the expiry") {
  client ann{Way::value, at("/expires", 600'000)};
  ann.send_as(nullptr, "1", "phoenix", "refresh_token", {{"token", "stale"}});
  CHECK(ann.next() == ann.refused(nullptr, "1", "phoenix", "bad token"));
  ann.send_as(nullptr, "2", "phoenix", "refresh_token", {{"ms", 100}});
  CHECK(ann.next() == ann.replied(nullptr, "2", "phoenix", "ok"));
  CHECK(ann.next() == told(ann, 300));
  CHECK(ann.ended_with(1008));
}

CLAIM("expiry: a socket without refresh answers as Phoenix does: unmatched topic") {
  client ann{Way::value, {.socket = "/info", .port = lab_port()}};
  ann.send_as(nullptr, "1", "phoenix", "refresh_token");
  CHECK(ann.next() == ann.refused(nullptr, "1", "phoenix", "unmatched topic"));
}
