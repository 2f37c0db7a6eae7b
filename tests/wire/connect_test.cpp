#include <chrono>
#include <future>

#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

client_options impatient() {
  return {.socket = "/strict", .origin = "http://example.com"};
}

/// The answer to an upgrade with this query.
http_answer upgraded_with(const std::string& query) {
  return http_client{shared_probe_port()}.request("GET", "/socket/websocket?" + query,
                                                  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                                  "Sec-WebSocket-Version: 13\r\n"
                                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
}

json polled_with(const std::string& query) {
  return json::parse(http_client{shared_probe_port()}.request("GET", "/socket/longpoll?" + query).body);
}

} // namespace

TEST_CASE("connect: a refusal by the socket is an HTTP status, whether the request is an upgrade or not") {
  CHECK(http_status({.query = "vsn=2.0.0&reject=true"}) == 403);
  CHECK(http_status({.query = "vsn=2.0.0&ratelimit=true"}) == 429);
  CHECK(http_status({.query = "vsn=2.0.0&reject=true", .upgrades = false}) == 403);
}

TEST_CASE("connect: a plain GET at the socket's path is 400, with reject=true 403; an unknown path 404") {
  CHECK(http_status({.upgrades = false}) == 400);
  CHECK(http_status({.path = "/nowhere", .upgrades = false}) == 404);
  CHECK(http_status({.path = "/nowhere/websocket"}) == 404);
}

TEST_CASE("connect: vsn must be a full version that is known; any other one is refused with 403 and an empty body") {
  for (const std::string good : {"vsn=2.0.0", "vsn=2.0.7", "vsn=1.0.0", "vsn=1.0.4", ""}) {
    CAPTURE(good);
    CHECK(upgraded_with(good).status == 101);
    CHECK(polled_with(good)["token"].is_string());
  }
  for (const std::string bad :
       {"vsn=2", "vsn=2.0", "vsn=2.1.0", "vsn=1.1.0", "vsn=0.9.0", "vsn=3.0.0", "vsn=2.0.0.0", "vsn=x", "vsn="}) {
    CAPTURE(bad);
    const auto answer = upgraded_with(bad);
    CHECK(answer.status == 403);
    CHECK(answer.headers.at("content-length") == "0");
    CHECK(polled_with(bad) == json{{"status", 403}});
  }
}

TEST_CASE("connect: a query string that is not percent-encoded UTF-8 is a bad request over every transport") {
  for (const auto* bad : {"vsn=2.0.0&user_id=%ff", "vsn=2.0.0&user_id=%zz", "vsn=2.0.0&%"}) {
    CHECK(http_status({.query = bad}) == 400);
    http_client polling{shared_probe_port()};
    CHECK(polling.request("GET", std::string{"/socket/longpoll?"} + bad).status == 400);
  }
}

TEST_CASE("paths: empty segments do not count, for WebSockets, polls and routes") {
  for (const auto* path : {"/socket/websocket/", "//socket/websocket", "/socket//websocket", "///socket//websocket//"})
    CHECK(http_status({.path = path}) == 101);
  http_client http{shared_probe_port()};
  CHECK(json::parse(http.request("GET", "/socket//longpoll/?vsn=2.0.0").body)["status"] == 410);
  CHECK(http.request("GET", "//health/").status == 200);
  for (const auto* path : {"/socket/websocket/x", "/socketwebsocket", "/", "//", "/socket/web/socket"})
    CHECK(http.request("GET", path).status == 404);
}

TEST_CASE("connect: the handshake of a WebSocket is HTTP/1.1") {
  raw_socket old{shared_probe_port()};
  old.write("GET /socket/websocket?vsn=2.0.0 HTTP/1.0\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  CHECK(old.read_until("\r\n").starts_with("HTTP/1.1 400 "));
}

TEST_CASE("connect: a socket whose connect or id throws answers 500, and the next client is served") {
  for (const auto* fault : {"connect", "connect_other", "id"}) {
    const auto query = std::string{"vsn=2.0.0&throw="} + fault;
    CHECK(http_status({.path = "/info/websocket", .query = query, .port = lab_port()}) == 500);
    http_client polling{lab_port()};
    CHECK(polling.request("GET", "/info/longpoll?" + query).status == 500);
  }
  CHECK(http_status({.path = "/info/websocket", .port = lab_port()}) == 101);
}

TEST_CASE("connect: the strict socket accepts only pages of example.com; /same_host those of its host; /socket any") {
  CHECK(http_status({.path = "/strict/websocket", .origin = "http://example.com"}) == 101);
  CHECK(http_status({.path = "/strict/websocket", .origin = "https://example.com:8443"}) == 101);
  CHECK(http_status({.path = "/strict/websocket", .origin = "http://evil.com"}) == 403);
  CHECK(http_status({.path = "/strict/websocket", .origin = "http://example.com.evil.com"}) == 403);
  CHECK(http_status({.path = "/strict/websocket", .headers = "Origin:\r\n"}) == 403);
  CHECK(http_status({.origin = "http://evil.com"}) == 101);
  CHECK(http_status({.origin = "null"}) == 101);
  CHECK(http_status({.path = "/same_host/websocket", .origin = "http://evil.com"}) == 403);
  CHECK(http_status({.path = "/same_host/websocket", .origin = "null"}) == 403);
  CHECK(http_status({.path = "/same_host/websocket", .origin = "https://127.0.0.1:8443"}) == 101);
  CHECK(http_status(
          {.path = "/same_host/websocket", .origin = "http://evil.com", .headers = "X-Forwarded-Host: evil.com\r\n"})
        == 403);
}

CLAIM("kick: every connection of that user is closed with 1001 and without a message before; others stay open") {
  client first{Way::value, {.params = "user_id=kicked"}};
  client second{Way::value, {.params = "user_id=kicked"}};
  client other{Way::value, {.params = "user_id=stays"}};
  first.join("echo:kick");
  const auto join_ref = other.join("echo:kick");
  const auto ref = other.push("echo:kick", "kick", {{"user_id", "kicked"}});
  CHECK(other.next() == other.replied(join_ref, ref, "echo:kick", "ok"));
  CHECK(first.ended_with(1001));
  CHECK(second.ended_with(1001));
  CHECK(other.hears_nothing());
}

// In Phoenix the reply never arrives.
CLAIM("better: a client that kicks itself receives the reply, then the close") {
  client ann{Way::value, {.params = "user_id=self"}};
  const auto join_ref = ann.join("echo:kick-self");
  const auto ref = ann.push("echo:kick-self", "kick", {{"user_id", "self"}});
  CHECK(ann.next() == ann.replied(join_ref, ref, "echo:kick-self", "ok"));
  CHECK(ann.ended_with(1001));
}

CLAIM_WEBSOCKET("idle timeout: close 1002; messages of the server do not postpone it") {
  client silent{Way::value, impatient()};
  client talker{Way::value};
  silent.join("bench:idle");
  talker.join("bench:idle");
  unsigned heard = 0;
  for (;; ++heard) {
    talker.push("bench:idle", "pub");
    talker.next();
    const auto message = silent.frames().next();
    if (message.opcode != 8)
      continue;
    CHECK(code_of_close(message.payload) == 1002);
    break;
  }
  CHECK(heard > 0);
}

CLAIM_WEBSOCKET("idle timeout: the client's pings, and its unsolicited pongs, postpone it") {
  client pings{Way::value, impatient()}, pongs{Way::value, impatient()};
  for (int i = 0; i < 2; ++i) { // as long as two silent clients live, one after the other
    client silent{Way::value, impatient()};
    auto end = std::async(std::launch::async, [&] { return silent.ended_with(1002); });
    while (end.wait_for(std::chrono::milliseconds{50}) != std::future_status::ready) {
      pongs.frames().send_frame(10, "still here");
      pings.frames().send_frame(9, "still here");
      CHECK(pings.frames().next().payload == "still here");
    }
    CHECK(end.get());
  }
  CHECK(pings.hears_nothing());
  CHECK(pongs.hears_nothing());
}
