#include <list>
#include <stdexcept>
#include <thread>

#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

constexpr int of_each = 100;

/// Sends heartbeats until the server has counted this many hits of the limit.
void talk_until(client& healthy, const lab& server, const char* limit, int count) {
  while (server.hits(limit) < count) {
    const auto ref = healthy.push("echo:healthy", "echo", 1);
    REQUIRE(healthy.next() == healthy.replied("1", ref, "echo:healthy", "ok", 1));
  }
}

} // namespace

TEST_CASE("hostile clients: slow and silent ones are closed and counted, and healthy ones continue") {
  lab server{[](auto& web) { web.request_timeout = std::chrono::milliseconds{300}; }};
  client healthy{v2_websocket::value, {.socket = "/info", .port = server.port()}};
  healthy.join("echo:healthy");
  std::list<raw_socket> enemies;
  for (int i = 0; i < of_each; ++i) {
    enemies.emplace_back(place{server.port()});
    enemies.emplace_back(place{server.port()}).write("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    enemies.emplace_back(place{server.port()}).write("POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx");
  }
  talk_until(healthy, server, "request", 3 * of_each);
  int told = 0;
  for (auto& x : enemies)
    try {
      const auto status = x.read_until("\r\n"); // throws for one that had not begun a request
      CHECK(status == "HTTP/1.1 408 Request Timeout\r\n");
      ++told;
    } catch (const std::runtime_error&) {
      // The server closed it without an answer.
    }
  CHECK(told == 2 * of_each);
  CHECK(healthy.hears_nothing());
}

TEST_CASE("hostile clients: one that sends but does not read is cut off after the send timeout, where old messages may "
          "be dropped") {
  lab server;
  client healthy{v2_websocket::value, {.socket = "/latest", .port = server.port()}};
  healthy.join("echo:healthy");
  websocket_client enemy{door{.path = "/latest/websocket", .port = server.port()}};
  enemy.send_text(R"(["1","1","echo:deaf","phx_join",{}])");
  try {
    for (int n = 0; n < 20; ++n) // more than the kernel buffers on both sides
      enemy.send_text(R"(["1","2","echo:deaf","echo",")" + std::string(900'000, 'x') + R"("])");
  } catch (const std::runtime_error&) {
    // It is still sending when it is cut off.
  }
  talk_until(healthy, server, "send", 1);
  CHECK(server.hits("outbox") == 0);
  CHECK(healthy.hears_nothing());
}

TEST_CASE("hostile clients: ones that never read are closed and counted, and healthy ones continue") {
  lab server;
  client healthy{v2_websocket::value, {.socket = "/info", .port = server.port()}};
  healthy.join("echo:deaf");
  std::list<websocket_client> enemies;
  for (int i = 0; i < 5; ++i) {
    auto& enemy = enemies.emplace_back(door{.path = "/info/websocket", .port = server.port()});
    enemy.send_text(R"(["1","1","echo:deaf","phx_join",{}])");
    enemy.next();
  }
  const std::string news(300'000, 'x');
  while (server.hits("outbox") < 5) {
    healthy.push("echo:deaf", "shout", news);
    CHECK(healthy.next()[3] == "shout");
  }
  CHECK(healthy.hears_nothing());
}

TEST_CASE("healthy clients: one that reads may request more than its outbox holds") {
  lab server;
  websocket_client asking{door{.path = "/info/websocket", .port = server.port()}};
  asking.send_text(R"(["1","1","echo:a","phx_join",{}])");
  asking.next();
  constexpr int large = 12, small = 3000;
  auto event = [](int ref, size_t bytes) {
    return R"(["1",")" + std::to_string(ref) + R"(","echo:a","echo",")" + std::string(bytes, 'x') + R"("])";
  };
  std::thread speaks{[&] {
    for (int i = 0; i < large; ++i)
      asking.send_text(event(i, 1'000'000));
    for (int i = large; i < large + small; ++i)
      asking.send_text(event(i, 1000));
  }};
  for (int i = 0; i < large + small; ++i) {
    const auto answer = asking.next_text();
    REQUIRE(answer.starts_with(R"(["1",")" + std::to_string(i) + R"(","echo:a","phx_reply",)"));
  }
  speaks.join();
  CHECK(server.hits("outbox") == 0);
}

TEST_CASE("hostile clients: ones that request pongs and never read them are closed and counted") {
  lab server;
  client healthy{v2_websocket::value, {.socket = "/info", .port = server.port()}};
  healthy.join("echo:healthy");
  websocket_client enemy{door{.path = "/info/websocket", .port = server.port()}};
  std::string pings;
  for (int i = 0; i < 1000; ++i)
    pings += std::string{"\x89\xfd\0\0\0\0", 6} + std::string(125, 'x');
  const auto go_on = [&] {
    for (;;)
      enemy.send_bytes(pings);
  };
  CHECK_THROWS_AS(go_on(), std::runtime_error);
  talk_until(healthy, server, "outbox", 1);
  CHECK(healthy.hears_nothing());
}

TEST_CASE("hostile clients: a silent connection that was served before is closed and not counted") {
  lab server{[](auto& web) { web.keep_alive_timeout = std::chrono::milliseconds{300}; }};
  http_client served{place{server.port()}};
  CHECK(served.request("GET", "/nowhere").status == 404);
  CHECK_THROWS_WITH(served.receive(), doctest::Contains("ended the connection"));
  CHECK(server.hits("request") == 0);
}

TEST_CASE("hostile clients: unfinished bodies of all clients have one bound together, and healthy clients continue") {
  constexpr size_t bound = 1 << 20;
  lab server{[](auto& web) { web.max_buffered_bytes = bound; }};
  client healthy{v2_websocket::value, {.socket = "/info", .port = server.port()}};
  healthy.join("echo:healthy");
  const auto half = [](std::list<raw_socket>& of, const lab& at) {
    auto& x = of.emplace_back(place{at.port()});
    x.write("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n" + std::string(100'000, 'x'));
  };
  std::list<raw_socket> enemies;
  for (int i = 0; i < 30; ++i)
    half(enemies, server);
  while (server.hits("buffers") == 0)
    half(enemies, server);
  CHECK(enemies.front().read_until("\r\n").starts_with("HTTP/1.1 503 "));
  const std::string text(50'000, 'x');
  const auto ref = healthy.push("echo:healthy", "echo", text);
  CHECK(healthy.next() == healthy.replied("1", ref, "echo:healthy", "ok", text));
  http_client other{server.port()};
  CHECK(other.request("POST", "/form", "", "abc").body == "3");
}

TEST_CASE("hostile clients: unfinished WebSocket messages count towards that bound: the largest is closed with 1013") {
  lab server{[](auto& web) { web.max_buffered_bytes = 1 << 20; }};
  std::list<websocket_client> enemies;
  for (int i = 0; i < 12; ++i) {
    auto& x = enemies.emplace_back(door{.path = "/info/websocket", .port = server.port()});
    x.send_frame(1, std::string(100'000, 'x'), false);
  }
  websocket_client greedy{door{.path = "/info/websocket", .port = server.port()}};
  for (int i = 0; i < 7; ++i)
    greedy.send_frame(i == 0 ? 1 : 0, std::string(100'000, 'x'), false);
  CHECK(greedy.close_code() == 1013);
  CHECK(server.hits("buffers") > 0);
}

TEST_CASE("a handler that blocks its io unit does not delay new clients") {
  lab server;
  http_client blocks{server.port()};
  blocks.send("GET", "/block");
  server.await_block(); // until then this unit takes new clients, too
  for (int i = 0; i < 20; ++i)
    CHECK(http_client{server.port()}.request("POST", "/form", "", "abc").body == "3");
  server.release();
  CHECK(blocks.receive().status == 200);
}
