// Requests to the publish API that no service should send. Each is answered in the form of all errors of the API.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/wire/http_client.hpp"
#include "tests/wire/probe_process.hpp"

using namespace bennu::test;
using nlohmann::json;

namespace {

const probe_process& strange_probe() {
  static const probe_process result{{"--api-key", "k", "--api-key", "other"}};
  return result;
}

constexpr const char* with_k = "Authorization: Bearer k\r\n";
constexpr const char* small_message = R"({"topic":"t","event":"e","payload":1})";

/// What a new connection answers first to these bytes.
http_answer answer_to(const std::string& bytes, bool has_body = true) {
  http_client caller{strange_probe().port()};
  caller.send_raw(bytes);
  return caller.receive(has_body);
}

http_answer call_probe(const std::string& method, const std::string& target, const std::string& headers = with_k,
                       const std::string& body = {}) {
  return http_client{strange_probe().port()}.request(method, target, headers, body);
}

bool is_api_error(const http_answer& x) {
  const auto body = json::parse(x.body, nullptr, false);
  return x.headers.at("content-type") == "application/json" && x.headers.at("cache-control") == "no-store"
         && body.is_object() && body.size() == 1 && body.contains("error") && body.at("error").is_string();
}

std::string publish_head(const std::string& more) {
  return "POST /api/publish HTTP/1.1\r\nHost: x\r\n" + std::string{with_k} + more;
}

} // namespace

TEST_CASE("publish api: strange: a path or method below /api that it does not serve is answered by a JSON error") {
  for (const auto* path : {"/api", "/api/", "/api/nothing", "/api/publish/more", "//api//x", "/api/%70ublishe"})
    for (const auto* method : {"GET", "POST", "DELETE", "OPTIONS"}) {
      CAPTURE(path);
      const auto answer = call_probe(method, path);
      CHECK(answer.status == 404);
      CHECK(is_api_error(answer));
    }
  for (const auto& [method, path, allow] :
       std::vector<std::array<std::string, 3>>{{"GET", "/api/publish", "POST"},
                                               {"PUT", "/api/publish", "POST"},
                                               {"OPTIONS", "/api/publish", "POST"},
                                               {"PATCH", "/api/disconnect", "POST"},
                                               {"POST", "/api/presence?topic=a", "GET, HEAD"},
                                               {"DELETE", "/api/topics", "GET, HEAD"}}) {
    CAPTURE(method + path);
    const auto answer = call_probe(method, path, method == "OPTIONS" ? "Origin: https://evil.example\r\n" : with_k, "");
    CHECK(answer.status == 405);
    CHECK(answer.headers.at("allow") == allow);
    CHECK_FALSE(answer.headers.contains("access-control-allow-origin"));
    CHECK(is_api_error(answer));
  }
  CHECK(call_probe("GET", "/apis").headers.at("content-type") == "text/plain; charset=utf-8");
}

TEST_CASE("publish api: strange: HEAD is answered as GET, without the body") {
  for (const auto& [target, status] : std::vector<std::pair<std::string, int>>{
         {"/api/topics", 200}, {"/api/presence?topic=t", 200}, {"/api/presence", 400}, {"/api/publish", 405}}) {
    CAPTURE(target);
    http_client caller{strange_probe().port()};
    const auto answer = caller.request("HEAD", target, with_k);
    CHECK(answer.status == status);
    CHECK(answer.headers.at("content-length") != "0");
    CHECK(caller.request("GET", "/api/topics", with_k).status == 200); // no byte of a body stands between them
  }
  CHECK(call_probe("HEAD", "/api/topics", "").status == 401);
}

TEST_CASE("publish api: strange: what the server refuses by itself has an error in the form of the API") {
  const std::string chunked = publish_head("Transfer-Encoding: chunked\r\n\r\n");
  for (const auto& [bytes, status] : std::vector<std::pair<std::string, int>>{
         {publish_head("Content-Length: 1048577\r\n\r\n"), 413},
         {publish_head("Content-Length: 99999999999999999999\r\n\r\n"), 400},
         {publish_head("Content-Length: -1\r\n\r\n"), 400},
         {publish_head("Content-Length: 3\r\nContent-Length: 4\r\n\r\n"), 400},
         {chunked + "ffffffffffffffffff\r\n", 400},
         {chunked + "200000\r\n" + std::string(1 << 20, 'x'), 413},
         {chunked + "x\r\n\r\n", 400},
         {publish_head("Host: y\r\n\r\n"), 400},
         {publish_head("X: a\r\n b\r\n\r\n"), 0},
         {publish_head("X\x01: a\r\n\r\n"), 400},
         {publish_head("X: " + std::string(20'000, 'x')), 431},
         {publish_head("Idempotency-Key: " + std::string(10'000, 'x') + "\r\nContent-Length: 37\r\n\r\n"
                       + small_message),
          400},
         {publish_head("Idempotency-Key: a\r\nIdempotency-Key: a\r\nContent-Length: 37\r\n\r\n"
                       + std::string{small_message}),
          400},
         {publish_head("Idempotency-Key:\r\nContent-Length: 37\r\n\r\n" + std::string{small_message}), 400},
         {publish_head("Authorization: Bearer other\r\nContent-Length: 37\r\n\r\n" + std::string{small_message}), 401},
         {publish_head("Content-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 37\r\n\r\n"
                       + std::string{small_message}),
          415},
         {publish_head("Content-Type: \r\nContent-Length: 37\r\n\r\n" + std::string{small_message}), 415},
         {publish_head("Content-Type: application/json-patch+json\r\nContent-Length: 2\r\n\r\n[]"), 415},
         {publish_head("Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n[]"), 415},
         {"POST /api/publish HTTP/1.1\r\n" + std::string{with_k} + "Content-Length: 2\r\n\r\n[]", 400},
         {"POST /api/publish HTTP/3.7\r\nHost: x\r\n\r\n", 400},
         {"POST /api/publish\r\n\r\n", 400}}) {
    CAPTURE(bytes.substr(0, 200));
    const auto answer = answer_to(bytes);
    if (status != 0) // obsolete line folding: RFC 9112 §5.2 lets a server refuse it, or read it as a space
      CHECK(answer.status == status);
    CHECK(is_api_error(answer));
  }
}

TEST_CASE("publish api: strange: a JSON value of any type at any place is refused with its reason, never with 500") {
  const std::vector<std::string> values = {"null",   "true",        "0",
                                           "-0.0",   "1e308",       "123456789012345678901234567890",
                                           R"("")",  R"("\u0000")", R"("\ud83d\ude00")",
                                           "[]",     "{}",          "[[]]",
                                           R"([{}])"};
  http_client caller{strange_probe().port()};
  const auto publish = [&](const std::string& body) { return caller.request("POST", "/api/publish", with_k, body); };
  for (const auto& x : values) {
    CAPTURE(x);
    const bool is_text = x.starts_with('"') && x.size() > 2;
    CHECK(publish(R"({"topic":)" + x + R"(,"event":"e","payload":1})").status == (is_text ? 202 : 422));
    CHECK(publish(R"({"topic":"t","event":)" + x + R"(,"payload":1})").status == (is_text ? 202 : 422));
    CHECK(publish(R"({"topic":"t","event":"e","payload":)" + x + "}").status == 202);
    CHECK(publish(x).status == (x == "[]" ? 202 : 422));
    CHECK(publish("[" + x + "]").status == 422);
    const auto answer = caller.request("POST", "/api/disconnect", with_k, R"({"id":)" + x + "}");
    CHECK(answer.status == (is_text ? 202 : 422));
    CHECK(caller.request("POST", "/api/disconnect", with_k, x).status == 422);
  }
  for (const auto* wrong : {"NaN", "Infinity", "01", "+1", "1.", ".1", "1e", "'x'", "{a:1}", "\"\x01\"", "\"\xC0\x80\"",
                            "\"\xED\xA0\x80\"", "// c\n1", "[1,]", "{\"a\":1,}", "\"\\x\""}) {
    CAPTURE(wrong);
    const auto answer = publish(R"({"topic":"t","event":"e","payload":)" + std::string{wrong} + "}");
    CHECK(answer.status == 400);
    CHECK(is_api_error(answer));
  }
  CHECK(publish(std::string{"[]\0", 3}).status == 400);
  const auto query = caller.request("POST", "/api/publish?dry_run=true", with_k, "[]");
  CHECK(query.status == 400);
  CHECK(json::parse(query.body).at("error") == "this path takes no query");
}

TEST_CASE("publish api: strange: requests that come at once, in chunks, in bytes, or wait to be asked are served") {
  http_client caller{strange_probe().port()};
  const std::string one = publish_head("Content-Length: 37\r\n\r\n" + std::string{small_message}),
                    chunks = publish_head("Transfer-Encoding: chunked\r\n\r\n7;x=y\r\n{\"topic\r\n1e\r\n")
                             + (small_message + 7) + "\r\n0\r\nX: y\r\n\r\n",
                    bad = publish_head("Content-Length: 1\r\n\r\n{"),
                    unknown = "GET /api/nothing HTTP/1.1\r\nHost: x\r\n\r\n";
  caller.send_raw(one + bad + unknown + chunks + one);
  for (const int status : {202, 400, 404, 202, 202})
    CHECK(caller.receive().status == status);
  for (const char c : one)
    caller.send_raw({&c, 1});
  CHECK(caller.receive().status == 202);
  caller.send_raw(publish_head("Expect: 100-continue\r\nContent-Length: 37\r\n\r\n"));
  CHECK(caller.receive(false).status == 100);
  caller.send_raw(small_message);
  CHECK(caller.receive().status == 202);
  const auto stranger = answer_to("POST /api/publish HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                                  "Content-Length: 37\r\n\r\n");
  CHECK(stranger.status == 401);
  CHECK(is_api_error(stranger));
  const auto old =
    answer_to("POST /api/publish HTTP/1.0\r\n" + std::string{with_k} + "Content-Length: 37\r\n\r\n" + small_message);
  CHECK(old.status == 202);
}

TEST_CASE("publish api: strange: a list of any length is published as a whole, whatever comes between its parts") {
  http_client lists{strange_probe().port()}, singles{strange_probe().port()};
  std::string body = "[";
  for (int i = 0; i < 1'000; ++i)
    body += (i == 0 ? "" : ",") + std::string{small_message};
  for (int i = 0; i < 10; ++i) {
    lists.send("POST", "/api/publish", with_k, body + "]");
    CHECK(singles.request("POST", "/api/publish", with_k, small_message).body == R"({"accepted":1})");
    CHECK(lists.receive().body == R"({"accepted":1000})");
  }
  CHECK(singles.request("POST", "/api/publish", with_k, body + ",1]").status == 413);
  CHECK(singles.request("POST", "/api/publish", with_k, body).status == 400);
  CHECK(singles.request("POST", "/api/publish", with_k, body.substr(0, body.size() - 1) + "]").status == 400);
}
