#include <algorithm>
#include <memory>

#include <doctest/doctest.h>

#include "tests/wire/poll_client.hpp"
#include "tests/wire/probe_process.hpp"
#include "tests/wire/wire_client.hpp"

using namespace bennu::test;

namespace {

http_answer once(std::string_view method, std::string_view target, std::string_view headers = {},
                 std::string_view body = {}) {
  http_client client{shared_probe_port()};
  return client.request(method, target, headers, body);
}

json status(int x) {
  return {{"status", x}};
}

} // namespace

TEST_CASE("longpoll: the first GET opens a session: 410 and a token, no messages") {
  const auto answer = once("GET", "/socket/longpoll?vsn=2.0.0");
  CHECK(answer.status == 200);
  CHECK(answer.headers.at("content-type") == "application/json; charset=utf-8");
  CHECK(answer.headers.at("access-control-allow-origin") == "*");
  CHECK(answer.headers.at("cache-control") == "no-store");
  const auto body = json::parse(answer.body);
  CHECK(body["status"] == 410);
  CHECK(body["messages"] == json::array());
  CHECK(body["token"].is_string());
}

TEST_CASE("longpoll: a client joins, pushes and is answered") {
  poll_client client;
  const auto join_ref = client.join("echo:a");
  const auto ref = client.push("echo:a", "echo", {{"x", 1.5}});
  CHECK(client.next() == reply(join_ref, ref, "echo:a", "ok", {{"x", 1.5}}));
}

TEST_CASE("longpoll: a poll that waits is answered as soon as there is something, with a token to go on") {
  poll_client client;
  client.join("echo:wait");
  client.begin_poll();
  wire_client other;
  other.join("echo:wait");
  other.push("echo:wait", "shout", {{"n", 1}});
  const auto answer = client.polled();
  CHECK(answer["status"] == 200);
  CHECK(answer["token"] == client.token());
  REQUIRE(answer["messages"].size() == 1);
  CHECK(json::parse(answer["messages"][0].get<std::string>()) == broadcasted("echo:wait", "shout", {{"n", 1}}));
}

TEST_CASE("longpoll: an idle poll is answered 204 after its window, and the session lives on") {
  poll_client client;
  client.join("echo:a");
  const auto answer = client.poll();
  CHECK(answer["status"] == 204);
  CHECK(answer["token"] == client.token());
  const auto ref = client.push("echo:a", "echo");
  CHECK(client.next()[1] == ref);
}

TEST_CASE("longpoll: a poll whose client hung up loses nothing") {
  poll_client client;
  client.join("echo:lost");
  {
    http_client gone{shared_probe_port()};
    gone.send("GET", "/socket/longpoll?vsn=2.0.0", "X-Phoenix-Longpoll-Token: " + client.token() + "\r\n");
  } // it polls as its socket closes
  wire_client other;
  other.join("echo:lost");
  other.push("echo:lost", "shout", {{"n", 1}});
  other.push("echo:lost", "shout", {{"n", 2}});
  CHECK(client.next()[4] == json{{"n", 1}});
  CHECK(client.next()[4] == json{{"n", 2}});
}

TEST_CASE("longpoll: without a session a POST is gone, and a GET opens a new one") {
  for (const std::string token : {"", "nonsense", "SFMyNTY.abc.def"}) {
    const auto header = "X-Phoenix-Longpoll-Token: " + token + "\r\n";
    CHECK(json::parse(once("POST", "/socket/longpoll?vsn=2.0.0", header, "[]").body) == status(410));
    const auto opened = json::parse(once("GET", "/socket/longpoll?vsn=2.0.0", header).body);
    CHECK(opened["status"] == 410);
    CHECK(opened["token"].is_string());
  }
}

TEST_CASE("longpoll: the token may be a parameter, as older clients send it") {
  poll_client client;
  client.join("echo:a");
  const auto ref = client.push("echo:a", "echo");
  const auto answer = json::parse(once("GET", "/socket/longpoll?vsn=2.0.0&token=" + client.token()).body);
  CHECK(answer["status"] == 200);
  CHECK(json::parse(answer["messages"][0].get<std::string>())[1] == ref);
}

TEST_CASE("longpoll: a refused connect is told in the body") {
  CHECK(json::parse(once("GET", "/socket/longpoll?vsn=2.0.0&reject=true").body) == status(403));
  CHECK(json::parse(once("GET", "/socket/longpoll?vsn=2.0.0&ratelimit=true").body) == status(429));
  CHECK(json::parse(once("GET", "/socket/longpoll?vsn=9.9.9").body) == status(403));
}

TEST_CASE("longpoll: an origin that may not connect is told so, whatever it asks for") {
  for (const auto* method : {"GET", "POST", "OPTIONS"}) {
    const auto answer = once(method, "/strict/longpoll?vsn=2.0.0", "Origin: http://evil.example\r\n");
    CHECK(answer.status == 200);
    CHECK(json::parse(answer.body) == status(403));
  }
  CHECK(json::parse(once("GET", "/strict/longpoll?vsn=2.0.0", "Origin: http://example.com\r\n").body)["status"] == 410);
}

TEST_CASE("longpoll: a preflight is answered with what the page asked for") {
  const auto answer = once("OPTIONS", "/socket/longpoll", "Access-Control-Request-Headers: x-one, x-two\r\n");
  CHECK(answer.status == 200);
  CHECK(answer.body.empty());
  CHECK(answer.headers.at("access-control-allow-headers") == "x-one, x-two");
  CHECK(answer.headers.at("access-control-allow-methods") == "get, post, options");
  CHECK(answer.headers.at("access-control-max-age") == "3600");
}

TEST_CASE("longpoll: other methods are bad requests") {
  for (const auto* method : {"PUT", "DELETE", "PATCH"})
    CHECK(once(method, "/socket/longpoll?vsn=2.0.0").status == 400);
}

TEST_CASE("longpoll: a body over the limit is a bad request") {
  http_client client{shared_probe_port()};
  client.send_raw("POST /socket/longpoll HTTP/1.1\r\nHost: x\r\nContent-Length: 8000001\r\n\r\n");
  CHECK(client.receive().status == 400);
}

TEST_CASE("longpoll: a batch is handled whole and in order, however long, with empty lines or not") {
  poll_client client;
  const auto join_ref = client.join("echo:a");
  std::string batch;
  for (int i = 0; i < 250; ++i)
    batch += json::array({join_ref, std::to_string(i), "echo:a", "echo", {{"n", i}}}).dump() + "\n";
  CHECK(client.post(batch) == status(200));
  for (int i = 0; i < 250; ++i)
    CHECK(client.next() == reply(join_ref, std::to_string(i), "echo:a", "ok", {{"n", i}}));
}

TEST_CASE("longpoll: with another content type the body is one message") {
  poll_client client;
  const auto join_ref = client.join("echo:a");
  CHECK(client.post(json::array({join_ref, "7", "echo:a", "echo", "hi"}).dump(2), "application/json") == status(200));
  CHECK(client.next() == reply(join_ref, "7", "echo:a", "ok", "hi"));
}

TEST_CASE("longpoll: bad JSON is an error at once, and the session lives") {
  poll_client client;
  const auto join_ref = client.join("echo:a");
  CHECK(client.post("{", "application/json")["status"] == 400);
  const auto good = json::array({join_ref, "8", "echo:a", "echo", 1}).dump();
  CHECK(client.post("[1]\n" + good + "\nno base64") == json{{"status", 400}, {"refused", {0, 2}}});
  CHECK(client.next() == reply(join_ref, "8", "echo:a", "ok", 1));
}

TEST_CASE("longpoll: binary messages come as base64 and leave as text that every client can read") {
  poll_client client;
  const auto join_ref = client.join("room:a", {{"user", "ann"}});
  client.next(); // user_entered
  client.next(); // joined
  // kind 0, sizes, join_ref, ref, topic, event, data: \x00 \x01 \x01 \x06 \x0C "1" "7" "room:a" "binary_event" "D"
  CHECK(client.post("AAEBBgwxN3Jvb206YWJpbmFyeV9ldmVudEQ=") == status(200));
  CHECK(client.next() == pushed(join_ref, "room:a", "binary_event", {{"base64", "AAE="}}));
  CHECK(client.next() == reply(join_ref, "7", "room:a", "ok", {{"base64", "RAME"}}));
}

TEST_CASE("longpoll: a kicked session's waiting poll is answered at once, and the session is gone") {
  poll_client client{{.query = "vsn=2.0.0&user_id=polled"}};
  client.join("echo:kicked");
  client.begin_poll();
  wire_client other;
  other.join("echo:other");
  other.push("echo:other", "kick", {{"user_id", "polled"}});
  CHECK(client.polled() == status(410));
  CHECK(client.post("[]") == status(410));
}

TEST_CASE("longpoll: who kicks itself still gets its answer") {
  poll_client client{{.query = "vsn=2.0.0&user_id=self"}};
  const auto join_ref = client.join("echo:a");
  const auto ref = client.push("echo:a", "kick", {{"user_id", "self"}});
  CHECK(client.next() == reply(join_ref, ref, "echo:a", "ok"));
  CHECK(client.poll()["token"] != client.token());
}

TEST_CASE("longpoll: a crash, a leave and a stop are told as over a WebSocket") {
  poll_client client;
  auto join_ref = client.join("echo:a");
  client.push("echo:a", "crash");
  CHECK(client.next() == crashed(join_ref, "echo:a"));
  join_ref = client.join("echo:a");
  auto ref = client.push("echo:a", "phx_leave");
  CHECK(client.next() == reply(join_ref, ref, "echo:a", "ok"));
  CHECK(client.next() == closed(join_ref, "echo:a"));
  join_ref = client.join("echo:a");
  client.push("echo:a", "stop");
  CHECK(client.next() == closed(join_ref, "echo:a"));
}

TEST_CASE("longpoll: an intercepted event names the transport") {
  poll_client client;
  const auto join_ref = client.join("room:poll", {{"user", "ann"}});
  client.next(); // user_entered
  client.next(); // joined
  const auto ref = client.push("room:poll", "new_msg", {{"body", "hi"}});
  CHECK(client.next() == reply(join_ref, ref, "room:poll", "ok"));
  CHECK(client.next() == pushed(join_ref, "room:poll", "new_msg", {{"body", "hi"}, {"transport", "longpoll"}}));
}

TEST_CASE("longpoll: serializer v1 speaks objects") {
  poll_client client{{.query = "vsn=1.0.0"}};
  client.send({{"topic", "echo:a"}, {"event", "phx_join"}, {"ref", "1"}, {"payload", json::object()}});
  CHECK(client.next()
        == json{{"topic", "echo:a"},
                {"event", "phx_reply"},
                {"ref", "1"},
                {"payload", {{"response", json::object()}, {"status", "ok"}}}});
}
