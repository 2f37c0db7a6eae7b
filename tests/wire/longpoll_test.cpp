#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

http_answer once(std::string_view method, std::string_view target, std::string_view headers = {},
                 std::string_view body = {}) {
  http_client client{shared_probe_port()};
  return client.request(method, target, headers, body);
}

json body_status(int x) {
  return {{"status", x}};
}

const std::string versions[] = {"vsn=1.0.0", "vsn=2.0.0"};

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

CLAIM_LONGPOLL("longpoll: a waiting poll is answered as soon as there is a message, with a token for the next poll") {
  client ann{Way::value};
  ann.join("echo:wait");
  ann.polls().begin_poll();
  client bob{v2_websocket::value};
  bob.join("echo:wait");
  bob.push("echo:wait", "shout", {{"n", 1}});
  const auto answer = ann.polls().polled();
  CHECK(answer["status"] == 200);
  CHECK(answer["token"] == ann.polls().token());
  REQUIRE(answer["messages"].size() == 1);
  CHECK(json::parse(answer["messages"][0].get<std::string>()) == ann.broadcasted("echo:wait", "shout", {{"n", 1}}));
}

TEST_CASE("longpoll: an idle poll is answered 204 after its window, and the session lives on") {
  client ann{v1_longpoll::value}, bob{v2_longpoll::value};
  for (auto* x : {&ann, &bob})
    x->polls().begin_poll();
  for (auto* x : {&ann, &bob}) {
    const json nothing = {{"status", 204}, {"token", x->polls().token()}, {"messages", json::array()}};
    CHECK(x->polls().polled() == nothing);
    CHECK(x->hears_nothing());
  }
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

// HAProxy resets a connection that it no longer needs.
TEST_CASE("longpoll: an answer that has arrived is not repeated when the connection is reset afterwards") {
  poll_client ann;
  ann.send(R"(["1","1","echo:reset","phx_join",{}])");
  ann.next();
  client bob{v2_websocket::value};
  bob.join("echo:reset");
  for (int n = 0; n < 50; ++n) {
    {
      http_client proxy{shared_probe_port()};
      bob.push("echo:reset", "whisper", n);
      proxy.send("GET", "/socket/longpoll?vsn=2.0.0", "X-Phoenix-Longpoll-Token: " + ann.token() + "\r\n");
      const auto heard = json::parse(proxy.receive().body)["messages"];
      REQUIRE(heard.size() == 1);
      CHECK(json::parse(heard[0].get<std::string>())[4] == n);
      proxy.socket().reset_when_closed();
    }
  }
}

TEST_CASE("longpoll: an application's own param may also be named token, because the session's comes last") {
  poll_client ann;
  const auto target = "/socket/longpoll?token=of-the-user&vsn=2.0.0&token=" + ann.token();
  CHECK(json::parse(once("POST", target, "", R"([null,"1","phoenix","heartbeat",{}])").body) == body_status(200));
}

TEST_CASE("longpoll: a POST with the token of an ended session is a plain 410, a GET opens a new session") {
  for (const auto& vsn : versions)
    for (const std::string token : {"", "nonsense", "SFMyNTY.abc.def"}) {
      const auto header = "X-Phoenix-Longpoll-Token: " + token + "\r\n";
      CHECK(json::parse(once("POST", "/socket/longpoll?" + vsn, header, "[]").body) == body_status(410));
      const auto opened = json::parse(once("GET", "/socket/longpoll?" + vsn, header).body);
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

// The official client throws at any other status that is below 500, and stays "connecting" for ever.
TEST_CASE("longpoll: a refused connect is 403 in the body, with the true status beside it") {
  for (const auto& vsn : versions) {
    CHECK(json::parse(once("GET", "/socket/longpoll?reject=true&" + vsn).body) == body_status(403));
    CHECK(json::parse(once("GET", "/socket/longpoll?ratelimit=true&" + vsn).body)
          == json{{"status", 403}, {"refused_with", 429}});
  }
}

TEST_CASE("longpoll: every request of an origin that may not connect is refused") {
  for (const auto* method : {"GET", "POST", "OPTIONS"})
    CHECK(json::parse(once(method, "/same_host/longpoll?vsn=2.0.0", "Origin: http://evil.example\r\n").body)
          == body_status(403));
  for (const auto& vsn : versions) {
    const auto target = "/strict/longpoll?" + vsn;
    for (const auto* method : {"GET", "POST", "OPTIONS"}) {
      const auto answer = once(method, target, "Origin: http://evil.example\r\n");
      CHECK(answer.status == 200);
      CHECK(json::parse(answer.body) == body_status(403));
    }
    CHECK(json::parse(once("GET", target, "Origin: http://example.com\r\n").body)["status"] == 410);
  }
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

// In Phoenix the poll waits until its window ends.
CLAIM_LONGPOLL("better: a kicked session's waiting poll is answered at once, and the session is gone") {
  client witness{Way::value};
  witness.join("echo:kick-witness");
  witness.polls().begin_poll(); // before the other: its window ends first
  client ann{Way::value, {.params = "user_id=polled"}};
  ann.polls().begin_poll();
  client bob{v2_websocket::value};
  bob.join("echo:kick-witness");
  bob.push("echo:kick-witness", "kick", {{"user_id", "polled"}});
  CHECK(ann.polls().polled() == body_status(410));
  CHECK(ann.polls().post(ann.encoded(nullptr, "1", "phoenix", "heartbeat")) == body_status(410));
  bob.push("echo:kick-witness", "whisper");
  CHECK(witness.polls().polled()["status"] == 200); // so no window has run out yet
}

TEST_CASE("longpoll: tokens that another server signed are reported at most hourly; one from before this server "
          "started is not") {
  lab first;
  const poll_client before{{.path = "/info/longpoll", .port = first.port()}};
  lab second; // with another secret
  const poll_client after{{.path = "/info/longpoll", .port = first.port()}};
  http_client balanced{second.port()};
  const auto status_of = [&balanced](const poll_client& x) {
    const auto header = "X-Phoenix-Longpoll-Token: " + x.token() + "\r\n";
    return json::parse(balanced.request("POST", "/info/longpoll?vsn=2.0.0", header, "").body).at("status");
  };
  CHECK(status_of(before) == 410);
  CHECK(second.events("longpoll.unexpected_token") == 0);
  for (int i = 0; i < 3; ++i)
    CHECK(status_of(after) == 410);
  CHECK(second.events("longpoll.unexpected_token") == 1);
}
