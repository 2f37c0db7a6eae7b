#include "tests/wire/client.hpp"

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

TEST_CASE("longpoll: a poll that waits is answered as soon as there is something, with a token to go on") {
  poll_client ann;
  ann.send(R"(["1","1","echo:wait","phx_join",{}])");
  ann.next();
  ann.begin_poll();
  client bob{v2_websocket::value};
  bob.join("echo:wait");
  bob.push("echo:wait", "shout", {{"n", 1}});
  const auto answer = ann.polled();
  CHECK(answer["status"] == 200);
  CHECK(answer["token"] == ann.token());
  REQUIRE(answer["messages"].size() == 1);
  CHECK(json::parse(answer["messages"][0].get<std::string>()) == bob.broadcasted("echo:wait", "shout", {{"n", 1}}));
}

TEST_CASE("longpoll: an idle poll is answered 204 after its window, and the session lives on") {
  poll_client ann;
  const auto answer = ann.poll();
  CHECK(answer["status"] == 204);
  CHECK(answer["token"] == ann.token());
  ann.send(R"([null,"1","phoenix","heartbeat",{}])");
  CHECK(json::parse(ann.next())[1] == "1");
}

TEST_CASE("longpoll: a poll whose client hung up loses nothing") {
  poll_client ann;
  ann.send(R"(["1","1","echo:lost","phx_join",{}])");
  ann.next();
  {
    http_client gone{shared_probe_port()};
    gone.send("GET", "/socket/longpoll?vsn=2.0.0", "X-Phoenix-Longpoll-Token: " + ann.token() + "\r\n");
  } // it polls as its socket closes
  client bob{v2_websocket::value};
  bob.join("echo:lost");
  bob.push("echo:lost", "shout", {{"n", 1}});
  bob.push("echo:lost", "shout", {{"n", 2}});
  CHECK(json::parse(ann.next())[4] == json{{"n", 1}});
  CHECK(json::parse(ann.next())[4] == json{{"n", 2}});
}

TEST_CASE("longpoll: an application's own parameter may be called token, too: the session's comes last") {
  poll_client ann;
  const auto target = "/socket/longpoll?token=of-the-user&vsn=2.0.0&token=" + ann.token();
  CHECK(json::parse(once("POST", target, "", R"([null,"1","phoenix","heartbeat",{}])").body) == status(200));
}

TEST_CASE("longpoll: a POST with a dead token is a bare 410, a GET opens a new session") {
  for (const std::string token : {"", "nonsense", "SFMyNTY.abc.def"}) {
    const auto header = "X-Phoenix-Longpoll-Token: " + token + "\r\n";
    CHECK(json::parse(once("POST", "/socket/longpoll?vsn=2.0.0", header, "[]").body) == status(410));
    const auto opened = json::parse(once("GET", "/socket/longpoll?vsn=2.0.0", header).body);
    CHECK(opened["status"] == 410);
    CHECK(opened["token"].is_string());
  }
}

TEST_CASE("longpoll: the token may be a parameter, as older clients send it") {
  poll_client ann;
  ann.send(R"([null,"7","phoenix","heartbeat",{}])");
  const auto answer = json::parse(once("GET", "/socket/longpoll?vsn=2.0.0&token=" + ann.token()).body);
  CHECK(answer["status"] == 200);
  CHECK(json::parse(answer["messages"][0].get<std::string>())[1] == "7");
}

TEST_CASE("longpoll: a refused connect is told in the body, 403 and (better) 429") {
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

CLAIM_LONGPOLL("better: a batch is handled whole and in order, however long; a trailing newline is harmless") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  std::string batch;
  for (int i = 0; i < 250; ++i) {
    json line = {{"topic", "echo:a"}, {"event", "echo"}, {"payload", i}, {"ref", i}, {"join_ref", join_ref}};
    if (Way::value.vsn == 2)
      line = json::array({join_ref, i, "echo:a", "echo", i});
    batch += line.dump() + "\n";
  }
  ann.send_text(batch);
  for (int i = 0; i < 250; ++i)
    CHECK(ann.next() == ann.replied(join_ref, i, "echo:a", "ok", i));
}

TEST_CASE("longpoll: the exact content type application/x-ndjson is a batch; with any other the body is one message") {
  const auto spread = json::array({nullptr, "7", "phoenix", "heartbeat", json::object()}).dump(2);
  const auto line = json::array({nullptr, "8", "phoenix", "heartbeat", json::object()}).dump();
  poll_client ann;
  CHECK(ann.post(spread, "application/json") == status(200));
  CHECK(json::parse(ann.next())[1] == "7");
  CHECK(ann.post(line + "\n" + line) == status(200));
  CHECK(json::parse(ann.next())[1] == "8");
  CHECK(json::parse(ann.next())[1] == "8");
  CHECK(ann.post(line + "\n" + line, "application/x-ndjson; charset=utf-8")["status"] == 400);
}

// Phoenix answers 408 after ten seconds, and the session dies.
TEST_CASE("better: bad JSON in a POST is an error at once that names the messages refused, and the session lives") {
  poll_client ann;
  const std::string good = R"([null,"8","phoenix","heartbeat",{}])";
  for (const auto* bad : {"{", "{}", "[]", "", "[1,2]", "\xC3\x28", R"([null,"1","a","b","\xC3\x28"])"})
    CHECK(ann.post(bad, "application/json")["status"] == 400);
  CHECK(ann.post("[1]\n" + good + "\nno base64") == json{{"status", 400}, {"refused", {0, 2}}});
  CHECK(json::parse(ann.next())[1] == "8");
}

// In Phoenix it runs out its window.
TEST_CASE("better: a kicked session's waiting poll is answered at once, and the session is gone") {
  poll_client ann{{.query = "vsn=2.0.0&user_id=polled"}};
  ann.begin_poll();
  client bob{v2_websocket::value};
  bob.join("echo:other");
  bob.push("echo:other", "kick", {{"user_id", "polled"}});
  CHECK(ann.polled() == status(410));
  CHECK(ann.post("[]") == status(410));
}
