#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

/// The connect_info that the socket receives for a client with these headers.
json known_of(std::string headers, std::string query = "vsn=2.0.0") {
  websocket_client ann{
    {.path = "/info/websocket", .query = std::move(query), .headers = std::move(headers), .port = lab_port()}};
  ann.send_text(R"(["1","1","echo:a","phx_join",{}])");
  ann.next_text();
  ann.send_text(R"(["1","2","echo:a","info",{}])");
  return json::parse(ann.next_text())[4]["response"];
}

} // namespace

TEST_CASE("connect_info: it has the peer, URI, scheme, host, user agent, x- headers, trace context and cookies") {
  const auto known = known_of("User-Agent: test/1.0\r\nX-One: 1\r\nx-two: 2\r\nOther: 3\r\n"
                              "Traceparent: 00-1-2-01\r\ntracestate: a=b\r\nCookie: a=b; session=abc=; c=d\r\n",
                              "vsn=2.0.0&name=%C3%A9");
  CHECK(known["peer"] == "127.0.0.1");
  CHECK(known["uri"] == "/info/websocket?vsn=2.0.0&name=%C3%A9");
  CHECK(known["scheme"] == "http");
  CHECK(known["host"] == "127.0.0.1");
  CHECK(known["user_agent"] == "test/1.0");
  CHECK(known["x"] == json::array({{"X-One", "1"}, {"x-two", "2"}}));
  CHECK(known["trace"] == json::array({{"Traceparent", "00-1-2-01"}, {"tracestate", "a=b"}}));
  CHECK(known["cookie"] == "abc=");
}

TEST_CASE("connect_info: a trusted proxy names its client, by either header") {
  const auto one = known_of("X-Forwarded-For: 6.6.6.6, 192.0.2.7, 127.0.0.9\r\nX-Forwarded-Proto: https\r\n");
  CHECK(one["peer"] == "192.0.2.7"); // the client may have invented the addresses before it
  CHECK(one["scheme"] == "https");
  const auto other = known_of("Forwarded: for=6.6.6.6, for=\"[2001:db8::1]:4711\";proto=https\r\n");
  CHECK(other["peer"] == "2001:db8::1");
  CHECK(other["scheme"] == "https");
}

TEST_CASE("connect_info: a PROXY header of a load balancer names the client; without one the connection is closed") {
  lab server{[](auto& web) { web.proxy_protocol_from = {"127.0.0.1"}; }};
  const std::string binary{"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\x02\x07\x0A\0\0\x01\0\x50\x01\xBB", 28};
  for (const auto& header : {std::string{"PROXY TCP4 192.0.2.7 10.0.0.1 80 443\r\n"}, binary}) {
    http_client ann{server.port()};
    ann.send_raw(header.substr(0, 9));
    ann.send_raw(header.substr(9) + "GET /info/longpoll?vsn=2.0.0 HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto token = json::parse(ann.receive().body)["token"].get<std::string>();
    const auto says = "X-Phoenix-Longpoll-Token: " + token + "\r\n";
    const auto at = "/info/longpoll?vsn=2.0.0";
    ann.request("POST", at, says, R"(["1","1","echo:a","phx_join",{}])");
    ann.request("POST", at, says, R"(["1","2","echo:a","info",{}])");
    json known;
    while (!known.contains("peer")) {
      const auto polled = json::parse(ann.request("GET", at, says).body);
      for (const auto& text : polled["messages"])
        known = json::parse(text.get<std::string>())[4]["response"];
    }
    CHECK(known["peer"] == "192.0.2.7");
  }
  raw_socket without{place{server.port()}};
  without.write("GET /info/longpoll?vsn=2.0.0 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK_THROWS(without.read(1));
  raw_socket stranger{place{lab_port()}};
  stranger.write("PROXY TCP4 192.0.2.7 10.0.0.1 80 443\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(stranger.read_until("\r\n").starts_with("HTTP/1.1 400 "));
}

TEST_CASE("connect_info: nested_params nests the params as the brackets in the query say") {
  const auto known = known_of("", "vsn=2.0.0&user%5Bname%5D=ann&user%5Btags%5D%5B%5D=x&user[tags][]=y");
  CHECK(known["nested"] == json{{"vsn", "2.0.0"}, {"user", {{"name", "ann"}, {"tags", {"x", "y"}}}}});
}

TEST_CASE("connect_info: it is the same for a long-polling client") {
  client ann{v2_longpoll::value, {.socket = "/info", .port = lab_port()}};
  const auto join_ref = ann.join("echo:a");
  ann.push("echo:a", "info");
  const auto known = ann.next()[4]["response"];
  CHECK(known["peer"] == "127.0.0.1");
  CHECK(known["uri"] == "/info/longpoll?vsn=2.0.0");
}

TEST_CASE("connect: a refusal may have any status and body") {
  http_client http{lab_port()};
  const auto answer = http.request("GET", "/info/websocket?refuse=418");
  CHECK(answer.status == 418);
  CHECK(answer.headers.at("content-type") == "application/json");
  CHECK(json::parse(answer.body) == json{{"sorry", true}});
  http_client polls{lab_port()};
  CHECK(json::parse(polls.request("GET", "/info/longpoll?refuse=418").body)
        == json{{"status", 403}, {"refused_with", 418}, {"body", R"({"sorry":true})"}});
  CHECK(polls.request("GET", "/info/longpoll?vsn=9.9.9").body == R"({"status":403})");
}

CLAIM("connect_info: it has the official client's authToken, from the WebSocket's sub-protocol or a poll's header") {
  const bool upgrades = Way::value.transport == over::websocket;
  for (const std::string encoded : {"Pj4+Pz8/YQ", "Pj4-Pz8_YQ"}) { // btoa's alphabet, and that for URLs
    client ann{Way::value,
               {.socket = "/info",
                .headers = upgrades ? "Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx." + encoded + "\r\n"
                                    : "X-Phoenix-AuthToken: >>>???a\r\n",
                .port = lab_port()}};
    ann.join("echo:a");
    ann.push("echo:a", "info");
    CHECK(ann.payload_of(ann.next())["response"]["auth_token"] == ">>>???a");
    if (upgrades) // a browser wants one of those that it asked for
      CHECK(ann.frames().handshake().find("Sec-WebSocket-Protocol: phoenix\r\n") != std::string::npos);
  }
}

CLAIM("connect_info: the auth token is empty when the client sends none, or one that cannot be decoded") {
  for (const auto* headers : {"", "Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx.!\r\n"}) {
    client ann{Way::value, {.socket = "/info", .headers = headers, .port = lab_port()}};
    ann.join("echo:a");
    ann.push("echo:a", "info");
    CHECK(ann.payload_of(ann.next())["response"]["auth_token"] == "");
  }
}
