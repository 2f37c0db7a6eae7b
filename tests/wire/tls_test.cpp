#include <csignal>
#include <fstream>
#include <memory>
#include <vector>

#include "tests/support/certificate.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/wire/client.hpp"

using namespace bennu::test;

namespace {

/// A probe with a certificate.
struct secure_probe {
  explicit secure_probe(std::vector<std::string> more = {}) {
    certificate{"first.example"}.write(cert, key);
    more.insert(more.end(), {"--tls-cert", cert, "--tls-key", key});
    process = std::make_unique<probe_process>(more);
  }

  place at() const {
    place result = process->port();
    result.tls = true;
    return result;
  }

  /// The name in the certificate that a new connection receives.
  std::string name() const { return raw_socket{at()}.certificate_name(); }

  scratch_folder folder;
  std::string cert = folder.file("cert.pem");
  std::string key = folder.file("key.pem");
  std::unique_ptr<probe_process> process;
};

uint16_t free_port() {
  return probe_process{}.port(); // the port of a probe that has ended
}

} // namespace

TEST_CASE("wss and https: clients join, push, crash and leave over TLS 1.3 as without it, over both transports") {
  secure_probe probe;
  CHECK(raw_socket{probe.at()}.tls_version() == "TLSv1.3");
  for (const auto how : {v1_websocket::value, v2_websocket::value, v1_longpoll::value, v2_longpoll::value}) {
    client ann{how, {.port = probe.at()}};
    auto join_ref = ann.join("echo:a", {{"x", 1}});
    const auto ref = ann.push("echo:a", "echo", {{"text", std::string(100'000, 'x')}});
    CHECK(ann.next() == ann.replied(join_ref, ref, "echo:a", "ok", {{"text", std::string(100'000, 'x')}}));
    ann.push("echo:a", "crash");
    CHECK(ann.next() == ann.crashed(join_ref, "echo:a"));
    join_ref = ann.join("echo:a");
    const auto leave = ann.push("echo:a", "phx_leave");
    CHECK(ann.next() == ann.replied(join_ref, leave, "echo:a", "ok"));
    CHECK(ann.next() == ann.closed(join_ref, "echo:a"));
  }
  probe.process->terminate();
  CHECK(probe.process->wait() == 0);
}

TEST_CASE(
  "--max-connections: over TLS, too, the next client is answered 503 with Retry-After, and its connection ends") {
  secure_probe probe{{"--max-connections", "1"}};
  client ann{v2_websocket::value, {.port = probe.at()}};
  CHECK(http_client{probe.at()}.request("GET", "/health").status == 200);
  for (const auto* asks : {"/", "/socket/websocket?vsn=2.0.0", "/socket/longpoll?vsn=2.0.0"}) {
    http_client next{probe.at()};
    const auto answer = next.request("GET", asks);
    CHECK(answer.status == 503);
    CHECK(answer.headers.at("retry-after") == "1");
    CHECK(answer.headers.at("connection") == "close");
    CHECK_THROWS(next.receive());
  }
  CHECK(ann.hears_nothing());
}

TEST_CASE("https: a poll whose client sends a close_notify loses nothing") {
  secure_probe probe;
  const std::string door = "/socket/longpoll?vsn=2.0.0";
  http_client lasting{probe.at()};
  const auto session = door + "&token=" + json::parse(lasting.request("GET", door).body)["token"].get<std::string>();
  lasting.request("POST", session, {}, R"(["1","1","echo:a","phx_join",{}])");
  CHECK(json::parse(lasting.request("GET", session).body)["messages"].size() == 1);
  client bob{v2_websocket::value, {.port = probe.at()}};
  bob.join("echo:a");
  {
    http_client leaving{probe.at()};
    leaving.send("GET", session);
    CHECK(bob.hears_nothing());
    leaving.socket().say_goodbye();
  }
  bob.push("echo:a", "whisper", {{"x", 1}});
  CHECK(bob.hears_nothing());
  const auto heard = json::parse(lasting.request("GET", session).body);
  REQUIRE(heard["messages"].size() == 1);
  CHECK(heard["messages"][0].get<std::string>().find("whisper") != std::string::npos);
}

TEST_CASE("wss: a megabyte there and back, more than the kernel takes at once") {
  secure_probe probe;
  client ann{v2_websocket::value, {.port = probe.at()}};
  const auto join_ref = ann.join("echo:a");
  const json big = {{"text", std::string(900'000, 'x')}};
  for (int i = 0; i < 5; ++i) {
    const auto ref = ann.push("echo:a", "echo", big);
    CHECK(ann.next() == ann.replied(join_ref, ref, "echo:a", "ok", big));
  }
}

TEST_CASE("wss: a close and a drain have their close codes") {
  secure_probe probe;
  websocket_client bad{{.port = probe.at()}};
  bad.send_text("{");
  CHECK(bad.close_code() == 1011);
  client joined{v2_websocket::value, {.port = probe.at()}};
  joined.join("echo:a");
  probe.process->terminate();
  CHECK(joined.ended_with(1012));
  CHECK(probe.process->wait() == 0);
}

TEST_CASE("SIGHUP: the certificate is read again, and established connections go on") {
  secure_probe probe;
  client ann{v2_websocket::value, {.port = probe.at()}};
  const auto join_ref = ann.join("echo:a");
  CHECK(probe.name() == "first.example");
  certificate{"second.example"}.write(probe.cert, probe.key);
  probe.process->signal(SIGHUP);
  while (probe.name() != "second.example") {}
  const auto ref = ann.push("echo:a", "echo", {{"x", 1}});
  CHECK(ann.next() == ann.replied(join_ref, ref, "echo:a", "ok", {{"x", 1}}));
}

TEST_CASE("SIGHUP: a certificate that cannot be used changes nothing") {
  secure_probe probe;
  std::ofstream{probe.cert} << "nonsense";
  probe.process->signal(SIGHUP);
  CHECK(probe.name() == "first.example");
  certificate{"third.example"}.write(probe.cert, probe.key);
  probe.process->signal(SIGHUP);
  while (probe.name() != "third.example") {}
  probe.process->terminate();
  CHECK(probe.process->wait() == 0);
}

TEST_CASE(
  "TLS: a file that is not a certificate, or a key that does not match, ends the program with one clear error") {
  scratch_folder folder;
  const auto cert = folder.file("cert.pem");
  const auto key = folder.file("key.pem");
  certificate{"one.example"}.write(cert, key);
  certificate{"other.example"}.write(folder.file("unused.pem"), key);
  const auto start = [&] { probe_process{{"--tls-cert", cert, "--tls-key", key}}; };
  CHECK_THROWS_WITH(start(), doctest::Contains("ended before it was ready"));
  std::ofstream{cert} << "nonsense";
  CHECK_THROWS_WITH(start(), doctest::Contains("ended before it was ready"));
}

TEST_CASE("TLS: an encrypted key ends the program at the start and changes nothing at a SIGHUP") {
  secure_probe probe;
  certificate{"second.example"}.write(probe.cert, probe.key, "secret");
  probe.process->signal(SIGHUP);
  CHECK(probe.name() == "first.example");
  const auto start = [&] { probe_process{{"--tls-cert", probe.cert, "--tls-key", probe.key}}; };
  CHECK_THROWS_WITH(start(), doctest::Contains("ended before it was ready"));
  certificate{"third.example"}.write(probe.cert, probe.key);
  probe.process->signal(SIGHUP);
  while (probe.name() != "third.example") {}
}

TEST_CASE("TLS: a client that speaks plain HTTP, or nonsense, does not affect other clients") {
  secure_probe probe;
  client ann{v2_websocket::value, {.port = probe.at()}};
  ann.join("echo:a");
  for (const auto& bytes : {std::string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
                            std::string{"\x16\x03\x01\x00\x05hello", 10}, std::string{}}) {
    raw_socket stranger{place{probe.process->port()}};
    stranger.write(bytes);
    if (!bytes.empty())
      CHECK_THROWS(stranger.read(1'000));
  }
  CHECK(ann.hears_nothing());
}

TEST_CASE("--redirect-http: a client whose address has as many connections as it may is told so, without TLS") {
  const auto port = free_port();
  const secure_probe probe{{"--redirect-http", std::to_string(port), "--proxy-protocol-from", "127.0.0.1",
                            "--max-connections-per-address", "1"}};
  http_client first{place{port}}, second{place{port}};
  first.send_raw("PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\n");
  CHECK(first.request("GET", "/").status == 308);
  second.send_raw("PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\n");
  CHECK(second.receive().status == 429);
}

TEST_CASE("--redirect-http: a request over http is redirected to the same address over https") {
  const auto port = free_port();
  secure_probe probe{{"--redirect-http", std::to_string(port)}};
  http_client http{place{port}};
  const auto answer = http.request("POST", "/socket/longpoll?vsn=2.0.0&x=%20", "", "[]");
  CHECK(answer.status == 308);
  CHECK(answer.headers.at("location")
        == "https://127.0.0.1:" + std::to_string(probe.process->port()) + "/socket/longpoll?vsn=2.0.0&x=%20");
}
