#include <string>
#include <vector>

#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

// The status of the first response to these bytes.
int status_of(std::string_view bytes) {
  http_client client{shared_probe_port()};
  client.send_raw(bytes);
  return client.receive(false).status;
}

} // namespace

TEST_CASE("http: a malformed request is answered 400") {
  for (const std::string bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET nowhere HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        "POST /socket/longpoll?vsn=2.0.0 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"}) {
    CAPTURE(bytes);
    CHECK(status_of(bytes) == 400);
  }
}

TEST_CASE("http: headers over the limit are answered 431, a body over it 413") {
  CHECK(status_of("GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + std::string(20'000, 'x') + "\r\n\r\n") == 431);
  http_client form{lab_port()};
  form.send_raw("POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n");
  CHECK(form.receive().status == 413);
  http_client upload{lab_port()};
  CHECK(upload.request("POST", "/upload", "", std::string(100'000, 'x')).body == "100000");
  upload.send_raw("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 8000001\r\n\r\n");
  CHECK(upload.receive().status == 413);
}

TEST_CASE("http: path, method and size are judged by the head, so that a refusal does not wait for the body") {
  for (const auto& [target, status] : std::vector<std::pair<std::string, int>>{{"/nowhere", 404},
                                                                               {"/health", 405},
                                                                               {"/socket/websocket?vsn=2.0.0", 413},
                                                                               {"/socket/longpoll?vsn=2.0.0", 200}}) {
    CAPTURE(target);
    CHECK(status_of("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: 7000000\r\n\r\n") == status);
  }
  http_client stranger{shared_probe_port()};
  stranger.send_raw("POST /socket/longpoll?token=bad HTTP/1.1\r\nHost: x\r\nContent-Length: 7000000\r\n\r\n");
  CHECK(json::parse(stranger.receive().body) == json{{"status", 410}});
}

TEST_CASE("http: a kept-alive connection is told how long it may be silent, which is longer than proxies keep it") {
  http_client client{shared_probe_port()};
  CHECK(client.request("GET", "/health").headers.at("keep-alive") == "timeout=75");
  CHECK_FALSE(client.request("GET", "/health", "Connection: close\r\n").headers.contains("keep-alive"));
}

TEST_CASE("http: requests on one connection are answered one after the other, in order") {
  http_client client{shared_probe_port()};
  client.send_raw("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
                  "GET /socket/websocket?vsn=2.0.0&reject=true HTTP/1.1\r\nHost: x\r\n\r\n"
                  "GET /socket/longpoll?vsn=2.0.0 HTTP/1.1\r\nHost: x\r\n\r\n"
                  "PUT /socket/longpoll HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  std::vector<int> statuses;
  for (int i = 0; i < 4; ++i)
    statuses.push_back(client.receive().status);
  CHECK(statuses == std::vector<int>{404, 403, 200, 400});
}

TEST_CASE("http: whatever a route throws is answered 500 and reported, and the connection stays open") {
  lab server;
  http_client client{server.port()};
  for (const auto* target : {"/throws", "/throws?other", "/throws"})
    CHECK(client.request("GET", target).status == 500);
  CHECK(server.events("handler.crashed") == 3);
  CHECK(client.request("POST", "/form", "", "abc").body == "3");
}

TEST_CASE("http: a connection ends when its client requests it, and after a malformed request") {
  for (const auto* bytes : {"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                            "GET /nowhere HTTP/1.0\r\n\r\n", "nonsense\r\n\r\n"}) {
    http_client client{shared_probe_port()};
    client.send_raw(bytes);
    client.receive();
    CHECK_THROWS_WITH(client.receive(), doctest::Contains("ended the connection"));
  }
}

TEST_CASE("http: a HEAD is answered without a body") {
  http_client client{shared_probe_port()};
  const auto answer = client.request("HEAD", "/nowhere");
  CHECK(answer.status == 404);
  CHECK(client.request("GET", "/nowhere").status == 404); // nothing of the first response is left over
}

TEST_CASE("http: a body sent in chunks is read") {
  http_client client{shared_probe_port()};
  client.send_raw("POST /socket/longpoll HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "1\r\n[\r\n1\r\n]\r\n0\r\n\r\n");
  CHECK(json::parse(client.receive().body) == json{{"status", 410}});
}

TEST_CASE("http: a client that waits for permission to send its body is told to continue, or refused") {
  http_client client{shared_probe_port()};
  const std::string head = "POST /socket/longpoll HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ";
  client.send_raw(head + "2\r\n\r\n");
  CHECK(client.receive(false).status == 100);
  client.send_raw("{}");
  CHECK(json::parse(client.receive().body) == json{{"status", 410}});
  client.send_raw(head + "8000001\r\n\r\n");
  CHECK(client.receive().status == 400);
}

TEST_CASE("http: one client's malformed requests do not affect other clients") {
  client good{v2_websocket::value};
  good.join("echo:good");
  for (int i = 0; i < 50; ++i)
    status_of("\x16\x03\x01 hello, is this TLS?\r\n\r\n");
  const auto ref = good.push("echo:good", "echo");
  CHECK(good.next() == good.replied("1", ref, "echo:good", "ok"));
}
