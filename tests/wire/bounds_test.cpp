// The bounds of one address and of one user: apps/guide/limits.md.
#include <functional>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

constexpr const char* forwarded_for_ann = "X-Forwarded-For: 192.0.2.1\r\n";

/// A connection that a load balancer passes on from this address.
std::unique_ptr<http_client> from(const std::string& address, const lab& at) {
  auto result = std::make_unique<http_client>(place{at.port()});
  const auto* family = address.find(':') == std::string::npos ? "TCP4 " : "TCP6 ";
  const auto* here = address.find(':') == std::string::npos ? "10.0.0.1" : "::1";
  result->send_raw("PROXY " + (family + address) + " " + here + " 1 2\r\n");
  return result;
}

int status_of(http_client& x) {
  return x.request("GET", "/nowhere").status;
}

/// Requests until a place that was given back elsewhere is free.
int status_when_free(const std::function<int()>& ask) {
  int status = ask();
  while (status == 429)
    status = ask();
  return status;
}

} // namespace

TEST_CASE(
  "bounds: max_connections_per_address: the next connection is answered 429 and counted; others are served, and "
  "a free place is used again") {
  lab server{[](auto& web) {
    web.proxy_protocol_from = {"127.0.0.1"};
    web.max_connections_per_address = 2;
  }};
  std::vector<std::unique_ptr<http_client>> served;
  for (int i = 0; i < 2; ++i)
    CHECK(status_of(*served.emplace_back(from("192.0.2.1", server))) == 404);
  const auto refused = from("192.0.2.1", server)->receive();
  CHECK(refused.status == 429);
  CHECK(refused.headers.at("retry-after") == "1");
  CHECK(server.hits("connections_per_address") == 1);
  CHECK(status_of(*from("192.0.2.2", server)) == 404);
  served.pop_back();
  CHECK(status_when_free([&] {
          try {
            return status_of(*from("192.0.2.1", server));
          } catch (const std::runtime_error&) {
            return 429; // its end was faster than the answer
          }
        })
        == 404);
}

TEST_CASE("bounds: max_connections_per_address: an IPv6 address counts as its /64") {
  lab server{[](auto& web) {
    web.proxy_protocol_from = {"127.0.0.1"};
    web.max_connections_per_address = 1;
  }};
  const auto served = from("2001:db8::1", server);
  CHECK(status_of(*served) == 404);
  CHECK(from("2001:db8::2", server)->receive().status == 429);
  CHECK(status_of(*from("2001:db8:0:1::2", server)) == 404);
}

TEST_CASE(
  "bounds: shared_addresses: a load balancer that nobody has declared, in a private network, has no bound of one "
  "address") {
  lab server{[](auto& web) {
    web.trusted = {};
    web.max_connections_per_address = 1;
  }};
  std::list<http_client> served;
  for (int i = 0; i < 3; ++i)
    CHECK(status_of(served.emplace_back(place{server.port()})) == 404);
}

TEST_CASE("bounds: max_connections_per_address: behind a proxy, the WebSockets and sessions of the client are counted, "
          "and the connections of the proxy are not") {
  lab server{[](auto& web) { web.max_connections_per_address = 2; }};
  const door of_ann{.path = "/info/websocket", .headers = forwarded_for_ann, .port = server.port()};
  auto first = std::make_unique<websocket_client>(of_ann);
  const websocket_client second{of_ann};
  CHECK(http_status(of_ann) == 429);
  http_client proxy{server.port()};
  CHECK(proxy.request("GET", "/info/longpoll?vsn=2.0.0", forwarded_for_ann).status == 429);
  CHECK(server.hits("connections_per_address") == 2);
  for (const auto* other : {"X-Forwarded-For: 192.0.2.2\r\n", ""})
    CHECK(proxy.request("GET", "/nowhere", other).status == 404);
  first.reset();
  CHECK(status_when_free([&] { return proxy.request("GET", "/nowhere", forwarded_for_ann).status; }) == 404);
  CHECK(proxy.request("GET", "/nowhere", forwarded_for_ann).status == 404); // the former request is over
}

TEST_CASE("bounds: max_connections_per_address: clients that the proxy does not name share one bound, and are not "
          "taken for the proxy") {
  lab server{[](auto& web) { web.max_connections_per_address = 2; }};
  const auto asks = [&](const char* headers) {
    return door{.path = "/info/websocket", .headers = headers, .port = server.port()};
  };
  const websocket_client hidden{asks("Forwarded: for=_hidden\r\n")};
  const websocket_client contradicted{asks("X-Forwarded-For: 192.0.2.1\r\nForwarded: for=x\r\n")};
  CHECK(http_status(asks("Forwarded: for=unknown\r\n")) == 429);
  CHECK(http_status(asks(forwarded_for_ann)) == 101);
  CHECK(http_status(asks("")) == 101);
}

TEST_CASE("bounds: max_buffered_bytes_per_address: what one address does not finish has a bound, and another's large "
          "request is served") {
  constexpr size_t bound = 2 << 20;
  lab server{[](auto& web) { web.max_buffered_bytes_per_address = bound; }};
  const auto half_of = [&](const std::string& address) {
    auto result = std::make_unique<raw_socket>(place{server.port()});
    result->write("POST /upload HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + address
                  + "\r\nContent-Length: 900000\r\n\r\n" + std::string(300'000, 'x'));
    return result;
  };
  auto other = half_of("192.0.2.2");
  std::vector<std::unique_ptr<raw_socket>> enemies;
  while (server.hits("buffers_per_address") == 0)
    enemies.push_back(half_of("192.0.2.1"));
  CHECK(enemies.size() >= 3);
  CHECK(server.hits("buffers") == 0);
  other->write(std::string(600'000, 'x'));
  CHECK(other->read_until("\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("bounds: max_unread_bytes: of all clients that do not read, the one that holds most is closed, and healthy "
          "ones hear everything") {
  lab server{[](auto& web) { web.max_unread_bytes = 2 << 20; }};
  client healthy{v2_websocket::value, {.socket = "/info", .port = server.port()}};
  std::list<websocket_client> deaf;
  std::vector<std::string> topics;
  for (int i = 0; i < 3; ++i) {
    healthy.join(topics.emplace_back("echo:deaf" + std::to_string(i)));
    deaf.emplace_back(door{.path = "/info/websocket", .port = server.port()})
      .send_text(R"(["1","1",")" + topics.back() + R"(","phx_join",{}])");
    deaf.back().next();
  }
  const std::string news(300'000, 'x');
  for (size_t i = 0; server.hits("unread") < 3; ++i) {
    healthy.push(topics[i % 3], "shout", news);
    REQUIRE(healthy.next()[3] == "shout");
  }
  CHECK(server.hits("outbox") == 0);
  CHECK(server.hits("unread_per_address") == 0);
  for (auto& x : deaf) { // each has been closed once
    auto frame = x.next_frame();
    while (frame.opcode == 1)
      frame = x.next_frame();
    CHECK(frame.opcode == 8);
    CHECK(frame.payload.substr(0, 2) == "\x03\xF5"); // 1013
  }
  CHECK(healthy.hears_nothing());
}

TEST_CASE("bounds: max_unread_bytes: a client that does not poll holds memory, too") {
  lab server{[](auto& web) { web.max_unread_bytes = 1 << 20; }};
  client healthy{v2_websocket::value, {.socket = "/info", .port = server.port()}};
  healthy.join("echo:deaf");
  poll_client deaf{{.path = "/info/longpoll", .port = server.port()}};
  CHECK(deaf.post(R"(["1","1","echo:deaf","phx_join",{}])")["status"] == 200);
  const std::string news(300'000, 'x');
  int shouts = 0;
  for (; server.hits("unread") == 0; ++shouts) {
    healthy.push("echo:deaf", "shout", news);
    REQUIRE(healthy.next()[3] == "shout");
  }
  CHECK(shouts >= 4); // three fit
  CHECK(server.hits("outbox") == 0);
  CHECK(healthy.hears_nothing());
}

TEST_CASE("bounds: max_answer_bytes: a poll is answered with a mebibyte of messages, the next ones with the rest") {
  lab server;
  client healthy{v2_websocket::value, {.socket = "/info", .port = server.port()}};
  healthy.join("echo:a");
  poll_client slow{{.path = "/info/longpoll", .port = server.port()}};
  CHECK(slow.post(R"(["1","1","echo:a","phx_join",{}])")["status"] == 200);
  CHECK(slow.poll()["messages"].size() == 1);
  const std::string news(300'000, 'x');
  for (int i = 0; i < 8; ++i) {
    healthy.push("echo:a", "shout", news);
    REQUIRE(healthy.next()[3] == "shout");
  }
  size_t heard = 0;
  while (heard < 8) {
    const auto messages = slow.poll()["messages"].size();
    CHECK(messages <= 3);
    heard += messages;
  }
  CHECK(heard == 8);
}

TEST_CASE("bounds: max_unread_bytes_per_address: what the clients of one address do not read has a bound, and those of "
          "another are not affected") {
  lab server{[](auto& web) { web.max_unread_bytes_per_address = 1 << 20; }};
  client healthy{v2_websocket::value, {.socket = "/info", .port = server.port()}};
  const auto join = [&](const std::string& topic, const std::string& address) {
    healthy.join(topic);
    auto deaf = std::make_unique<websocket_client>(
      door{.path = "/info/websocket", .headers = "X-Forwarded-For: " + address + "\r\n", .port = server.port()});
    deaf->send_text(R"(["1","1",")" + topic + R"(","phx_join",{}])");
    deaf->next();
    return deaf;
  };
  const auto first = join("echo:first", "192.0.2.1"), second = join("echo:second", "192.0.2.1");
  const auto other = join("echo:other", "192.0.2.2");
  healthy.push("echo:other", "shout", "hello");
  CHECK(healthy.next()[3] == "shout");
  const std::string news(300'000, 'x');
  for (int i = 0; server.hits("unread_per_address") < 2; ++i) {
    healthy.push(i % 2 == 0 ? "echo:first" : "echo:second", "shout", news);
    REQUIRE(healthy.next()[3] == "shout");
  }
  CHECK(server.hits("unread") == 0);
  CHECK(json::parse(other->next_text())[3] == "shout");
}

TEST_CASE_TEMPLATE("bounds: max_connections_per_id: the next connection of a user is refused with 429, that of another "
                   "is not; a free place is used again",
                   Way, v2_websocket, v2_longpoll) {
  lab server;
  const auto options = [&](const std::string& id) {
    return client_options{.socket = "/named", .params = "id=" + id, .port = server.port()};
  };
  auto first = std::make_unique<client>(Way::value, options("ann"));
  const client second{Way::value, options("ann")};
  http_client asks{server.port()};
  const auto poll = [&asks] { return json::parse(asks.request("GET", "/named/longpoll?vsn=2.0.0&id=ann").body); };
  CHECK(poll() == json{{"status", 403}, {"refused_with", 429}});
  CHECK(http_status({.path = "/named/websocket", .query = "vsn=2.0.0&id=ann", .port = server.port()}) == 429);
  CHECK(server.hits("connections_per_id") == 2);
  const client other{Way::value, options("bob")}, nameless{Way::value, options("")};
  if (Way::value.transport == over::longpoll)
    return; // its session ends of silence, much later
  first.reset();
  CHECK(status_when_free(
          [&] { return http_status({.path = "/named/websocket", .query = "vsn=2.0.0&id=ann", .port = server.port()}); })
        == 101);
}
