#include <filesystem>
#include <fstream>
#include <list>
#include <memory>
#include <vector>

#include "tests/support/scratch_folder.hpp"
#include "tests/wire/client.hpp"

using namespace bennu::test;

namespace {

void talks(const place& at) {
  for (const auto how : {v2_websocket::value, v2_longpoll::value}) {
    client ann{how, {.port = at}};
    const auto join_ref = ann.join("echo:a");
    const auto ref = ann.push("echo:a", "echo", 1);
    CHECK(ann.next() == ann.replied(join_ref, ref, "echo:a", "ok", 1));
  }
}

} // namespace

TEST_CASE("--bind: it accepts the loopback address of IPv6") {
  std::unique_ptr<probe_process> probe;
  try {
    probe = std::make_unique<probe_process>(std::vector<std::string>{"--bind", "::1"});
  } catch (const std::exception&) {
    return; // this machine has no IPv6
  }
  place at = probe->port();
  at.host = "::1";
  talks(at);
}

TEST_CASE("--bind unix:PATH: a Unix socket, removed at the end; a stale one is replaced, one in use is not") {
  scratch_folder folder;
  place at = 0;
  at.unix_path = folder.file("probe.sock");
  const std::vector<std::string> arguments = {"--bind", "unix:" + at.unix_path};
  {
    probe_process killed{arguments};
    talks(at);
    CHECK_THROWS_WITH(probe_process{arguments}, doctest::Contains("ended before it was ready"));
  }
  CHECK(std::filesystem::exists(at.unix_path));
  probe_process probe{arguments};
  talks(at);
  probe.terminate();
  CHECK(probe.wait() == 0);
  CHECK_FALSE(std::filesystem::exists(at.unix_path));
}

TEST_CASE("--bind unix:PATH: a file that is not a socket is left alone") {
  scratch_folder folder;
  const auto path = folder.file("precious");
  std::ofstream{path} << "text";
  CHECK_THROWS_WITH((probe_process{{"--bind", "unix:" + path}}), doctest::Contains("ended before it was ready"));
  std::string kept;
  std::ifstream{path} >> kept;
  CHECK(kept == "text");
}

TEST_CASE("--acceptors: several sockets accept on one port") {
  probe_process probe{{"--acceptors", "4", "--threads", "2"}};
  for (int i = 0; i < 20; ++i)
    CHECK(http_client{probe.port()}.request("GET", "/health").status == 200);
  talks(probe.port());
  probe.terminate();
  CHECK(probe.wait() == 0);
}

TEST_CASE(
  "--max-connections: the next client receives 503, except at /health and /metrics; a freed place is used again") {
  probe_process probe{{"--max-connections", "2"}};
  client ann{v2_websocket::value, {.port = probe.port()}};
  auto bob = std::make_unique<client>(v2_websocket::value, client_options{.port = probe.port()});
  CHECK(bob->hears_nothing());
  const auto asked = [&probe](const char* path) { return http_client{probe.port()}.request("GET", path); };
  const auto answer = asked("/socket/longpoll?vsn=2.0.0");
  CHECK(answer.status == 503);
  CHECK(answer.headers.at("retry-after") == "1");
  for (const auto* path : {"/health", "/metrics"}) {
    CHECK(asked(path).status == 200);
    CHECK(asked(path).headers.at("connection") == "close");
  }
  bob.reset();
  for (int status = 503; status != 404;) // until the server has noticed that bob disconnected
    try {
      status = asked("/nowhere").status;
    } catch (const std::exception&) {
      status = 503; // it was refused before it could send its request
    }
  CHECK(ann.hears_nothing());
}

TEST_CASE("--max-connections: silent clients do not occupy the reserve for /health for long") {
  probe_process probe{{"--max-connections", "1"}};
  client ann{v2_websocket::value, {.port = probe.port()}};
  CHECK(ann.hears_nothing());
  std::list<raw_socket> silent;
  for (int i = 0; i < 64; ++i)
    silent.emplace_back(place{probe.port()});
  for (int status = 503; status != 200;)
    try {
      status = http_client{probe.port()}.request("GET", "/health").status;
    } catch (const std::exception&) {
      status = 503;
    }
  CHECK(ann.hears_nothing());
}

TEST_CASE("--metrics-from: only the addresses that it names may read /metrics, and the others may use the rest") {
  const auto status = [](const probe_process& of, const char* path) {
    return http_client{of.port()}.request("GET", path).status;
  };
  probe_process closed{{"--metrics-from", "192.0.2.0/24"}}, open{{"--metrics-from", "127.0.0.0/8"}};
  CHECK(status(closed, "/metrics") == 403);
  CHECK(status(closed, "/health") == 200);
  CHECK(status(open, "/metrics") == 200);
}

TEST_CASE("--metrics-from: a client that a trusted proxy of this machine does not name is refused; the proxy is not") {
  probe_process probe{{"--metrics-from", "127.0.0.1", "--trust-proxy", "127.0.0.1"}};
  http_client proxy{probe.port()};
  CHECK(proxy.request("GET", "/metrics", "Forwarded: for=_hidden\r\n").status == 403);
  CHECK(proxy.request("GET", "/metrics", "X-Forwarded-For: 192.0.2.1\r\nForwarded: for=x\r\n").status == 403);
  CHECK(proxy.request("GET", "/metrics").status == 200);
}
