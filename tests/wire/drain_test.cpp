#include <csignal>
#include <list>

#include "tests/wire/client.hpp"

using namespace bennu::test;

namespace {

int health_of(const probe_process& probe) {
  return http_client{probe.port()}.request("GET", "/health").status;
}

/// Waits until the probe reports that it drains.
void await_drain(const probe_process& probe) {
  while (health_of(probe) != 503) {}
}

/// Requests more than its sockets hold and never reads, so that the server cannot send it a close. Its second request
/// waits for its turn.
struct deaf_client {
  explicit deaf_client(uint16_t port, int questions = 2) : ann({.port = port}) {
    ann.send_text(R"(["1","1","bench:deaf","phx_join",{}])");
    ann.next_text();
    const auto big = R"(["1","2","bench:deaf","ping",")" + std::string(900'000, 'x') + R"("])";
    for (int i = 0; i < questions; ++i)
      ann.send_text(big);
  }
  websocket_client ann;
};

} // namespace

// After 1000, which Phoenix sends to a client without a channel, the official client stays away.
CLAIM_WEBSOCKET("better: SIGTERM closes every client with 1012, also one without a channel, and the exit is clean") {
  probe_process probe;
  client joined{Way::value, {.port = probe.port()}};
  client idle{Way::value, {.port = probe.port()}};
  joined.join("echo:a");
  CHECK(idle.hears_nothing());
  probe.terminate();
  CHECK(joined.ended_with(1012));
  CHECK(idle.ended_with(1012));
  CHECK(probe.wait() == 0);
}

CLAIM_LONGPOLL("SIGTERM: a waiting poll is answered at once that its session has ended, and the exit is clean") {
  for (const bool joined : {true, false}) {
    probe_process probe{{"--drain-seconds", "600", "--threads", "1"}};
    client ann{Way::value, {.port = probe.port()}};
    if (joined)
      ann.join("echo:a");
    ann.polls().begin_poll();
    CHECK(health_of(probe) == 200); // its only thread has seen the poll before
    probe.terminate();
    CHECK(ann.polls().polled() == json{{"status", 410}}); // it would be 204 at the end of its window
    CHECK(probe.wait() == 0);
  }
}

CLAIM_LONGPOLL("SIGTERM: a polling client can still fetch the messages that wait for it") {
  probe_process probe;
  client ann{Way::value, {.port = probe.port()}};
  client bob{v2_websocket::value, {.port = probe.port()}};
  bob.join("echo:a");
  ann.send_as("1", "1", "echo:a", "phx_join");
  ann.send_as("1", "2", "echo:a", "whisper");
  CHECK(bob.next()[3] == "whisper"); // so the messages for ann wait for her
  probe.terminate();
  await_drain(probe);
  CHECK(ann.next() == ann.replied("1", "1", "echo:a", "ok"));
  CHECK(probe.wait() == 0);
}

TEST_CASE("SIGTERM: /health is 503 until the end, and a new client is answered 503 with Retry-After") {
  probe_process probe;
  CHECK(health_of(probe) == 200);
  deaf_client deaf{probe.port()}; // keeps it draining
  probe.terminate();
  await_drain(probe);
  CHECK(http_status({.port = probe.port()}) == 503);
  http_client http{probe.port()};
  const auto answer = http.request("GET", "/socket/longpoll?vsn=2.0.0");
  CHECK(answer.status == 503);
  CHECK(answer.headers.at("retry-after") == "1");
}

TEST_CASE("SIGTERM: clients that read are told to leave although many before them do not read") {
  probe_process probe{{"--threads", "1"}};
  client first{v2_websocket::value, {.port = probe.port()}};
  first.join("echo:a");
  std::list<deaf_client> deaf;
  for (int i = 0; i < 520; ++i) { // more than are asked at a time
    deaf.emplace_back(probe.port(), 1);
    if (i % 20 == 0)
      CHECK(first.hears_nothing()); // or it would be idle on a slow machine
  }
  client last{v2_websocket::value, {.port = probe.port()}};
  last.join("echo:a");
  probe.terminate();
  CHECK(last.ended_with(1012));
  CHECK(first.ended_with(1012));
}

TEST_CASE("SIGTERM: after the deadline the remaining clients are cut off, and the exit is clean") {
  probe_process probe{{"--drain-seconds", "1"}};
  deaf_client deaf{probe.port()};
  probe.terminate();
  CHECK(probe.wait() == 0);
}

TEST_CASE("SIGTERM: blocking work delays the exit until the deadline at most") {
  probe_process probe{{"--drain-seconds", "1"}};
  client ann{v2_websocket::value, {.port = probe.port()}};
  ann.join("echo:a");
  ann.push("echo:a", "slow", {{"ms", 600'000}});
  CHECK(ann.hears_nothing());
  probe.terminate();
  CHECK(ann.ended_with(1012));
  CHECK(probe.wait() == 0);
}

TEST_CASE("a second SIGTERM: exits at once") {
  probe_process probe{{"--drain-seconds", "600"}};
  deaf_client deaf{probe.port()};
  probe.terminate();
  await_drain(probe);
  probe.terminate();
  CHECK(probe.wait() == 128 + SIGTERM);
}

TEST_CASE("SIGTERM: a connection that is kept alive is closed at once, one that comes later after its answer") {
  probe_process probe{{"--drain-seconds", "600"}};
  http_client kept{probe.port()};
  CHECK(kept.request("GET", "/health").status == 200);
  deaf_client deaf{probe.port()}; // keeps it draining
  probe.terminate();
  CHECK_THROWS_WITH(kept.receive(), doctest::Contains("ended the connection"));
  http_client late{probe.port()};
  const auto answer = late.request("GET", "/health");
  CHECK(answer.status == 503);
  CHECK(answer.headers.at("connection") == "close");
}
