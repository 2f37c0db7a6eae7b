#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/wire/client.hpp"
#include "tests/wire/http_client.hpp"
#include "tests/wire/probe_process.hpp"

using namespace bennu::test;

namespace {

// One server for all claims: a key for everything, and one for some topics.
const probe_process& probe_with_keys() {
  static const probe_process result{
    {"--api-key", "all-of-it", "--api-key", "some-of-it log:* presence:* user_sockets:9*"}};
  return result;
}

std::string bearer(std::string_view key) {
  return "Authorization: Bearer " + std::string{key} + "\r\n";
}

/// A service that calls the API.
class service {
public:
  explicit service(std::string key = "all-of-it") : headers_(bearer(key)), http_(probe_with_keys().port()) {}

  http_answer post(std::string_view path, std::string_view body, std::string_view more = {}) {
    return http_.request("POST", path, headers_ + "Content-Type: application/json\r\n" + std::string{more}, body);
  }
  http_answer publish(std::string_view body, std::string_view more = {}) { return post("/api/publish", body, more); }
  http_answer get(std::string_view target) { return http_.request("GET", target, headers_); }

private:
  std::string headers_;
  http_client http_;
};

/// A client that has joined one topic.
struct subscriber : client {
  subscriber(way how, const std::string& topic, std::string_view user = {})
    : client(how, {.params = user.empty() ? "" : "user_id=" + std::string{user}, .port = probe_with_keys().port()}) {
    join(topic);
  }
};

std::string message(std::string_view topic, std::string_view event = "msg", std::string_view payload = "{}") {
  return R"({"topic":)" + json(topic).dump() + R"(,"event":)" + json(event).dump() + R"(,"payload":)"
         + std::string{payload} + "}";
}

std::string list_of(size_t count, const std::string& one) {
  std::string result = "[";
  for (size_t i = 0; i < count; ++i)
    result += (i == 0 ? "" : ",") + one;
  return result + "]";
}

std::string deep(size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

} // namespace

CLAIM("publish api: a message reaches the subscribers of its topic with the payload as it was sent") {
  const auto topic = "bench:api" + std::to_string(Way::value.vsn);
  subscriber ann{Way::value, topic};
  service billing;
  const auto answer = billing.publish(message(topic, "paid", R"({"sum":1.0,"big":123456789012345678901234567890})"));
  CHECK(answer.status == 202);
  CHECK(answer.headers.at("content-type") == "application/json");
  CHECK(answer.body == R"({"accepted":1})");
  const auto text = ann.next_text();
  CHECK(text.find(R"({"sum":1.0,"big":123456789012345678901234567890})") != std::string::npos);
}

TEST_CASE("publish api: a list is published in its order, with any JSON as payload") {
  subscriber ann{{2, over::websocket}, "bench:list"};
  std::string body = "[";
  const std::vector<std::string> payloads = {"1", "null", "\"x\"", "[1,2]", "true", "{}"};
  for (const auto& x : payloads)
    body += (body.size() > 1 ? ",\n" : "") + message("bench:list", "msg", x);
  service billing;
  CHECK(billing.publish(body + "]").body == R"({"accepted":6})");
  for (const auto& x : payloads)
    CHECK(ann.next() == ann.broadcasted("bench:list", "msg", json::parse(x)));
  CHECK(billing.publish("[]").body == R"({"accepted":0})");
}

TEST_CASE("publish api: a thousand messages are one request, one more is answered 413") {
  subscriber ann{{2, over::websocket}, "bench:thousand"};
  service billing;
  CHECK(billing.publish(list_of(1001, message("bench:thousand"))).status == 413);
  CHECK(billing.publish(list_of(1000, message("bench:thousand"))).body == R"({"accepted":1000})");
  for (int i = 0; i < 1000; ++i)
    CHECK(ann.next() == ann.broadcasted("bench:thousand", "msg"));
  CHECK(ann.hears_nothing());
}

TEST_CASE("publish api: of a list with a bad message none is published, and each bad one is named") {
  subscriber ann{{2, over::websocket}, "bench:whole"};
  service billing;
  const auto good = message("bench:whole");
  const auto answer = billing.publish("[" + good + R"(,{"topic":"bench:whole","event":"x"},)" + good + R"(,7,)"
                                      + message("bench:whole", "phx_close") + "]");
  CHECK(answer.status == 422);
  const auto errors = json::parse(answer.body).at("errors");
  REQUIRE(errors.size() == 3);
  CHECK(errors[0] == json{{"index", 1}, {"reason", "the member \"payload\" is missing"}});
  CHECK(errors[1] == json{{"index", 3}, {"reason", "expected an object"}});
  CHECK(errors[2].at("index") == 4);
  CHECK(ann.hears_nothing());
}

TEST_CASE("publish api: whatever is wrong with a message is answered 422 with its index") {
  service billing;
  const std::string long_topic(1025, 't'), long_event(256, 'e');
  const std::vector<std::string> bad = {"7",
                                        "null",
                                        "\"x\"",
                                        "[]",
                                        "{}",
                                        R"({"topic":"a","event":"b","payload":1,"topic":"c"})",
                                        R"({"topic":"a","event":"b","payload":1,"payload":2})",
                                        R"({"topic":"a","event":"b","payload":1,"more":1})",
                                        R"({"topic":1,"event":"b","payload":1})",
                                        R"({"topic":"a","event":[],"payload":1})",
                                        message("", "b"),
                                        message("a", ""),
                                        message(long_topic),
                                        message("a", long_event),
                                        message("bennu:nodes", "nodedown"),
                                        message("a", "presence_diff"),
                                        message("a", "position"),
                                        R"({"topic":null,"event":"b","payload":1})"};
  for (const auto& x : bad) {
    CAPTURE(x);
    const auto answer = billing.publish("[" + x + "]");
    CHECK(answer.status == 422);
    CHECK(json::parse(answer.body).at("errors").at(0).at("index") == 0);
    if (x != "[]") // which is a list of none
      CHECK(billing.publish(x).status == 422);
  }
}

TEST_CASE("publish api: what is no JSON is answered 400, and nothing that is written can hurt the server") {
  service billing;
  const std::vector<std::string> malformed = {"",
                                              "{",
                                              "[",
                                              "[1",
                                              "[" + message("a") + ",]",
                                              "nonsense",
                                              message("a") + "x",
                                              "\xEF\xBB\xBF" + message("a"),
                                              "{\"topic\":\"\xFF\",\"event\":\"e\",\"payload\":1}",
                                              std::string("{\"topic\":\"\0\"}", 13),
                                              "1e999",
                                              deep(100'000) + "]",
                                              std::string(300'000, '[')};
  for (const auto& x : malformed) {
    CAPTURE(x.substr(0, 60));
    CHECK(billing.publish(x).status == 400);
  }
  CHECK(billing.publish(deep(100'000)).status == 422);
  CHECK(billing.publish(message("bench:deep", "msg", deep(100'000))).status == 202);
  CHECK(billing.publish(R"({"topic":"a\u0000b","event":"\u0000","payload":"\u0000"})").status == 202);
  CHECK(billing.publish(R"({"topic":"\ud800","event":"e","payload":1})").status == 400);
}

TEST_CASE("publish api: a request without a key is answered 401 before its body is read") {
  service billing;
  const std::vector<std::string> none = {"",
                                         "Authorization: Bearer\r\n",
                                         "Authorization: Bearer \r\n",
                                         bearer("all-of-i"),
                                         bearer("all-of-it-"),
                                         bearer("some-of-it log:*"),
                                         bearer(std::string(8000, 'k')),
                                         "Authorization: Basic all-of-it\r\n",
                                         "Authorization: all-of-it\r\n",
                                         "X-Api-Key: all-of-it\r\n"};
  for (const auto& x : none) {
    CAPTURE(x.substr(0, 60));
    http_client stranger{probe_with_keys().port()};
    stranger.send_raw("POST /api/publish HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n" + x + "\r\n");
    const auto answer = stranger.receive();
    CHECK(answer.status == 401);
    CHECK(answer.headers.at("www-authenticate").starts_with("Bearer"));
    for (const auto* target : {"/api/presence?topic=a", "/api/topics"})
      CHECK(http_client{probe_with_keys().port()}.request("GET", target, x).status == 401);
  }
  http_client friendly{probe_with_keys().port()};
  CHECK(friendly.request("POST", "/api/publish", "authorization:   bEaReR   all-of-it  \r\n", message("a")).status
        == 202);
}

TEST_CASE("publish api: a key with patterns may use the topics and ids that they match, no others") {
  subscriber ann{{2, over::websocket}, "bench:forbidden"};
  service some{"some-of-it"};
  CHECK(some.publish(message("log:x")).status == 202);
  CHECK(some.publish(message("bench:forbidden")).status == 403);
  const auto mixed = some.publish("[" + message("log:x") + "," + message("bench:forbidden") + "]");
  CHECK(mixed.status == 403);
  CHECK(json::parse(mixed.body).at("errors").at(0).at("index") == 1);
  CHECK(some.get("/api/presence?topic=presence:x").status == 200);
  CHECK(some.get("/api/presence?topic=room:x").status == 403);
  CHECK(some.post("/api/disconnect", R"({"id":"user_sockets:9"})").status == 202);
  CHECK(some.post("/api/disconnect", R"({"id":"user_sockets:8"})").status == 403);
  CHECK(some.post("/api/disconnect", R"({"id":"bench:forbidden"})").status == 403);
  CHECK(ann.hears_nothing());
}

TEST_CASE("publish api: another method is answered 405, another content type 415, a body over the limit 413") {
  service billing;
  const auto method = billing.get("/api/publish");
  CHECK(method.status == 405);
  CHECK(method.headers.at("allow") == "POST");
  CHECK(billing.post("/api/presence", "").headers.at("allow") == "GET, HEAD");
  http_client http{probe_with_keys().port()};
  const auto type = [&](const std::string& headers) {
    return http_client{probe_with_keys().port()}
      .request("POST", "/api/publish", bearer("all-of-it") + headers, message("a"))
      .status;
  };
  CHECK(type("Content-Type: application/x-www-form-urlencoded\r\n") == 415);
  CHECK(type("Content-Type: text/json\r\n") == 415);
  CHECK(type("Content-Type: application/json\r\nContent-Encoding: gzip\r\n") == 415);
  CHECK(type("Content-Type: Application/JSON ; charset=utf-8\r\nContent-Encoding: identity\r\n") == 202);
  http.send_raw("POST /api/publish HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n" + bearer("all-of-it") + "\r\n");
  CHECK(http.receive().status == 413);
}

TEST_CASE("publish api: presences are those that clients see") {
  client ann{{2, over::websocket}, {.port = probe_with_keys().port()}};
  ann.join("presence:api", {{"key", "ann"}, {"meta", {{"at", "home"}}}});
  auto pushed = ann.next();
  while (pushed.at(3) != "presence_state") // a diff may come before it
    pushed = ann.next();
  const auto state = ann.payload_of(pushed);
  service billing;
  CHECK(json::parse(billing.get("/api/presence?topic=presence%3Aapi").body) == state);
  CHECK(billing.get("/api/presence?topic=presence:none").body == "{}");
  for (const auto* wrong : {"/api/presence", "/api/presence?topic=", "/api/presence?topic=a&topic=b",
                            "/api/presence?topic=%FF", "/api/presence?topics=a", "/api/presence?topic=%zz"}) {
    CAPTURE(wrong);
    CHECK(billing.get(wrong).status == 400);
  }
}

CLAIM("publish api: disconnect closes the sockets of an id, and no others") {
  const auto user = "9" + std::to_string(Way::value.vsn) + (Way::value.transport == over::websocket ? "w" : "p");
  subscriber ann{Way::value, "bench:x", user};
  subscriber bob{Way::value, "bench:x", user + "1"};
  service billing;
  const auto answer = billing.post("/api/disconnect", json{{"id", "user_sockets:" + user}}.dump());
  CHECK(answer.status == 202);
  CHECK(ann.ended_with(1001));
  CHECK(bob.hears_nothing());
  for (const auto* wrong :
       {"7", "[]", "{}", R"({"id":1})", R"({"id":""})", R"({"id":"a","id":"b"})", R"({"id":"a","x":1})"})
    CHECK(billing.post("/api/disconnect", wrong).status == 422);
  CHECK(billing.post("/api/disconnect", "{").status == 400);
  const auto channel = billing.post("/api/disconnect", R"({"id":"bench:x"})");
  CHECK(channel.status == 422);
  CHECK(channel.body.find("this is a topic of a channel, not the id of a socket") != std::string::npos);
  CHECK(bob.hears_nothing());
}

TEST_CASE("publish api: a published message is part of the history of its topic") {
  subscriber ann{{2, over::websocket}, "log:api"};
  service billing;
  billing.publish(message("log:api", "msg", "{\"n\":1}"));
  const auto got = ann.next();
  CHECK(got.at(1).get<std::string>().starts_with("@"));
  billing.publish(message("log:api", "msg", "{\"n\":2}"));
  client again{{2, over::websocket}, {.port = probe_with_keys().port()}};
  again.send_as("1", "1", "log:api", "phx_join", {{"since", got.at(1)}});
  CHECK(again.next().at(4).at("response").at("history").at("recovered") == true);
  CHECK(again.next().at(4) == json{{"n", 2}});
}
