#include <list>

#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

/// A client that has joined the topic `echo:twice` and can be kicked as user `twice`. A probe with one thread reads
/// everything in the order of sending, over whatever connection it arrives.
struct twice {
  probe_process probe{{"--threads", "1"}};
  poll_client ann{{.query = "vsn=2.0.0&user_id=twice", .port = probe.port()}};
  client bob{v2_websocket::value, {.port = probe.port()}};

  twice() {
    ann.send(R"(["1","1","echo:twice","phx_join",{}])");
    ann.next();
    bob.join("echo:twice");
  }

  /// Sends a poll of ann on another connection. Before it, it waits until the server is ready: a new connection is
  /// accepted in one turn and read in another, and one that was just answered is watched again a moment later.
  void begin_poll(http_client& of) {
    of.request("GET", "/health");
    CHECK(bob.hears_nothing());
    of.send("GET", "/socket/longpoll?vsn=2.0.0", "X-Phoenix-Longpoll-Token: " + ann.token() + "\r\n");
  }
};

json answer_at(http_client& x) {
  return json::parse(x.receive().body);
}

} // namespace

// If the earlier poll were answered immediately, two clients with one token would chase each other as fast as they
// can.
TEST_CASE("longpoll: the newer of two polls gets the messages; the earlier one gets nothing before the session ends") {
  twice at;
  at.ann.begin_poll();
  http_client newer{at.probe.port()};
  at.begin_poll(newer);
  at.bob.push("echo:twice", "shout", 1);
  const auto heard = answer_at(newer)["messages"];
  REQUIRE(heard.size() == 1);
  CHECK(json::parse(heard[0].get<std::string>()) == at.bob.broadcasted("echo:twice", "shout", 1));
  at.bob.push("echo:twice", "kick", {{"user_id", "twice"}});
  CHECK(at.ann.polled() == json{{"status", 410}}); // and no 204 before
}

TEST_CASE(
  "longpoll: a poll that was replaced by another is answered 204 when its window is over, and the session continues") {
  poll_client ann{{.path = "/brief/longpoll", .port = lab_port()}};
  ann.begin_poll();
  http_client newer{lab_port()};
  newer.send("GET", "/brief/longpoll?vsn=2.0.0", "X-Phoenix-Longpoll-Token: " + ann.token() + "\r\n");
  CHECK(ann.polled()["status"] == 204);
  CHECK(answer_at(newer)["status"] == 204);
  ann.send(R"([null,"1","phoenix","heartbeat",{}])");
  CHECK(json::parse(ann.next())[1] == "1");
}

TEST_CASE("longpoll: a replaced poll whose client disconnected loses no message") {
  twice at;
  {
    http_client gone{at.probe.port()};
    at.begin_poll(gone);
    at.ann.begin_poll();
  }
  at.bob.push("echo:twice", "shout", 1);
  CHECK(at.ann.polled()["messages"].size() == 1);
  at.bob.push("echo:twice", "shout", 2);
  CHECK(json::parse(at.ann.next())[4] == 2);
}

TEST_CASE(
  "longpoll: of more than nine polls the oldest is answered 204 immediately, and the newest gets the messages") {
  twice at;
  std::list<http_client> polls;
  for (int i = 0; i < 10; ++i)
    at.begin_poll(polls.emplace_back(at.probe.port()));
  CHECK(answer_at(polls.front())["status"] == 204);
  at.bob.push("echo:twice", "shout", 1);
  CHECK(answer_at(polls.back())["messages"].size() == 1);
}
