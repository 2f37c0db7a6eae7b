#include "transport/http/request_cycle.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bennu;
using namespace bennu::engine;

namespace {

using phase = request_cycle::phase;

/// Accepts bodies of up to 100 bytes, except for `/none`, which is not a route.
struct small_bodies : request_gate {
  verdict judge(http_request& head) override {
    if (head.path == "/none")
      return http_response::text(404, "");
    return body_terms{100};
  }
};

small_bodies gate; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): it has no state

struct cycle : request_cycle {
  cycle() : request_cycle({1000, 1000, 75}, gate) {}

  /// The next task, which must be a `Task`.
  template <class Task>
  Task take() {
    auto found = next();
    REQUIRE(found);
    REQUIRE(std::holds_alternative<Task>(*found));
    return std::get<Task>(std::move(*found));
  }

  bool has_nothing_to_do() { return !next(); }

  void receive(std::string_view bytes) { received(bytes); }

  /// Answers the next request, which is for `path`, and writes the answer.
  void serve(std::string_view path) {
    CHECK(take<hand_over>().request.path == path);
    CHECK(answer(http_response::text(200, "x")));
    CHECK(take<send>().head.starts_with("HTTP/1.1 200 "));
    written();
  }
};

// The headers of an answer that protect a page.
std::string protection_of(const std::string& head) {
  std::string result;
  for (const auto* name : {"X-Content-Type-Options: ", "Content-Security-Policy: ", "Referrer-Policy: "})
    if (const auto begin = head.find(name); begin != std::string::npos)
      result += head.substr(begin, head.find("\r\n", begin) - begin) + "\n";
  return result;
}

http_response said(unsigned status) {
  return http_response::text(status, "");
}

std::string get(const std::string& path, const std::string& headers = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}

std::string post(const std::string& path, size_t announced, const std::string& headers = {}) {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(announced) + "\r\n" + headers
         + "\r\n";
}

} // namespace

TEST_CASE("request_cycle: a request is handed over, its answer is sent, and the connection is kept for the next one") {
  cycle x;
  CHECK(x.now() == phase::fresh);
  x.receive("GET / HT");
  CHECK(x.has_nothing_to_do());
  CHECK(x.now() == phase::receiving);
  x.receive("TP/1.1\r\nHost: h\r\n\r\n");
  CHECK(x.take<request_cycle::hand_over>().request.path == "/");
  CHECK(x.now() == phase::serving);
  CHECK_FALSE(x.wants_bytes());
  CHECK(x.answer(http_response::text(200, "hi")));
  const auto answer = x.take<request_cycle::send>();
  CHECK(answer.body == "hi");
  CHECK(answer.head.find("Keep-Alive: timeout=75\r\n") != std::string::npos);
  CHECK(x.now() == phase::writing);
  x.written();
  CHECK(x.now() == phase::resting);
  CHECK(x.wants_bytes());
  CHECK(x.has_nothing_to_do());
}

TEST_CASE("request_cycle: requests that were sent ahead are handed over one at a time, in their order") {
  cycle x;
  x.receive(get("/1") + get("/2") + get("/3"));
  for (const auto* path : {"/1", "/2", "/3"})
    x.serve(path);
  CHECK(x.now() == phase::resting);
}

TEST_CASE("request_cycle: the connection ends after the answer where the client or the application said so") {
  for (const bool client_says : {true, false}) {
    cycle x;
    x.receive(get("/", client_says ? "Connection: close\r\n" : ""));
    x.take<request_cycle::hand_over>();
    auto last = said(200);
    last.closes = !client_says;
    x.answer(last);
    CHECK(x.take<request_cycle::send>().head.find("Connection: close\r\n") != std::string::npos);
    x.written();
    CHECK_FALSE(x.take<request_cycle::hang_up>().limit_hit);
    CHECK(x.has_nothing_to_do());
  }
}

TEST_CASE("request_cycle: a second answer, a late one, and one without a request are ignored") {
  cycle x;
  CHECK_FALSE(x.answer(said(200)));
  x.receive(get("/"));
  x.take<request_cycle::hand_over>();
  CHECK(x.answer(said(200)));
  CHECK_FALSE(x.answer(said(201)));
  x.take<request_cycle::send>();
  x.peer_ended();
  x.take<request_cycle::hang_up>();
  CHECK_FALSE(x.answer(said(200)));
  CHECK(x.now() == phase::ended);
}

TEST_CASE("request_cycle: a body that no route accepts is refused before any of it has arrived") {
  for (const auto& [bytes, status] : std::vector<std::pair<std::string, std::string>>{
         {post("/none", 5), "404"}, {post("/", 101), "413"}, {post("/none", 5, "Expect: 100-continue\r\n"), "404"}}) {
    cycle x;
    x.receive(bytes);
    CHECK(x.take<request_cycle::send>().head.starts_with("HTTP/1.1 " + status));
    x.written();
    x.take<request_cycle::linger>();
    CHECK(x.now() == phase::lingering);
    CHECK(x.wants_bytes());
  }
}

TEST_CASE("request_cycle: without a body the application itself answers for a path that does not exist") {
  cycle x;
  x.receive(get("/none") + post("/none", 0));
  x.serve("/none");
  x.serve("/none");
}

TEST_CASE("request_cycle: a body in chunks is cut off at the bound of its route") {
  cycle x;
  x.receive("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'x') + "\r\n");
  CHECK(x.has_nothing_to_do());
  x.receive("40\r\n" + std::string(64, 'x') + "\r\n0\r\n\r\n");
  CHECK(x.take<request_cycle::send>().head.starts_with("HTTP/1.1 413 "));
}

TEST_CASE("request_cycle: a length that is only announced takes no memory") {
  struct : request_gate {
    verdict judge(http_request&) override { return body_terms{100'000'000}; }
  } generous;
  request_cycle x{{1000, 100'000'000}, generous};
  x.received(post("/", 90'000'000) + "abc");
  CHECK_FALSE(x.next());
  CHECK(x.buffered_bytes() < 4096);
}

TEST_CASE("request_cycle: what a refused client still sends is discarded, up to a bound") {
  cycle x;
  x.receive("nonsense\r\n\r\n");
  CHECK(x.take<request_cycle::send>().head.starts_with("HTTP/1.1 400 "));
  x.written();
  x.take<request_cycle::linger>();
  x.discarded(2000);
  CHECK(x.has_nothing_to_do());
  x.discarded(1);
  x.take<request_cycle::hang_up>();
  CHECK(x.has_nothing_to_do());
}

TEST_CASE("request_cycle: a client that waits with its body is told to continue, once") {
  cycle x;
  x.receive(post("/", 2, "Expect: 100-continue\r\n"));
  x.take<request_cycle::tell_to_go_on>();
  CHECK(x.has_nothing_to_do());
  x.receive("ab");
  CHECK(x.take<request_cycle::hand_over>().request.body == "ab");
}

TEST_CASE("request_cycle: a silent client is closed, a request that takes too long is answered 408") {
  cycle silent;
  silent.time_is_over();
  CHECK(silent.take<request_cycle::hang_up>().limit_hit);

  cycle slow;
  slow.receive("GET /");
  CHECK(slow.has_nothing_to_do());
  slow.time_is_over();
  CHECK(slow.take<request_cycle::send>().head.starts_with("HTTP/1.1 408 "));

  cycle kept;
  kept.receive(get("/"));
  kept.serve("/");
  kept.time_is_over();
  CHECK_FALSE(kept.take<request_cycle::hang_up>().limit_hit);

  cycle deaf;
  deaf.receive(get("/"));
  deaf.take<request_cycle::hand_over>();
  deaf.answer(said(200));
  deaf.take<request_cycle::send>();
  deaf.time_is_over();
  const auto end = deaf.take<request_cycle::hang_up>();
  CHECK(end.limit_hit);
  CHECK(end.forsakes);
}

TEST_CASE("request_cycle: a client for whose body there is no memory is answered 503 with the time to come again") {
  cycle x;
  x.shed();
  CHECK(x.now() == phase::fresh);
  x.receive(post("/", 50) + "half of it");
  CHECK(x.has_nothing_to_do());
  x.shed();
  const auto answer = x.take<request_cycle::send>().head;
  CHECK(answer.starts_with("HTTP/1.1 503 "));
  CHECK(answer.find("Retry-After: 1\r\n") != std::string::npos);
}

TEST_CASE("request_cycle: a WebSocket receives the bytes behind its handshake, and the cycle does nothing more") {
  cycle x;
  x.receive(get("/") + "frames");
  x.take<request_cycle::hand_over>();
  x.upgrade({{"Upgrade", "websocket"}});
  CHECK(x.take<request_cycle::send>().head.starts_with("HTTP/1.1 101 "));
  x.written();
  CHECK(x.take<request_cycle::leave_http>().early == "frames");
  x.peer_ended();
  x.time_is_over();
  CHECK(x.has_nothing_to_do());
}

TEST_CASE("request_cycle: in any order of events each request is answered in turn and nothing follows the end") {
  rc::check([](const std::vector<uint8_t>& events) {
    cycle x;
    int handed_over = 0;
    int answered = 0;
    int sent = 0;
    bool over = false;
    for (const auto event : events) {
      switch (event % 8) {
        case 0:
          x.received(get("/"));
          break;
        case 1:
          x.received(event < 128 ? "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na" : "nonsense");
          break;
        case 2:
          answered += x.answer(said(200)) ? 1 : 0;
          break;
        case 3:
          if (x.now() == phase::writing && sent > 0)
            x.written();
          break;
        case 4:
          x.time_is_over();
          break;
        case 5:
          x.shed();
          break;
        case 6:
          if (event > 240)
            x.peer_ended();
          break;
        default:
          if (x.now() == phase::lingering)
            x.discarded(event * 8U);
      }
      for (int tasks = 0; auto todo = x.next(); ++tasks) {
        RC_ASSERT(!over);
        RC_ASSERT(tasks < 10);
        if (std::holds_alternative<request_cycle::hand_over>(*todo))
          RC_ASSERT(++handed_over == answered + 1);
        if (std::holds_alternative<request_cycle::send>(*todo))
          ++sent;
        over = std::holds_alternative<request_cycle::hang_up>(*todo);
      }
      RC_ASSERT(answered <= handed_over);
      RC_ASSERT(over == (x.now() == phase::ended));
    }
  });
}

TEST_CASE(
  "request_cycle: when the server stops, a connection that rests ends, and one with a request after its answer") {
  cycle resting;
  resting.receive(get("/a"));
  resting.serve("/a");
  resting.drain();
  resting.take<request_cycle::hang_up>();
  for (const bool begun : {true, false}) {
    cycle x;
    if (begun)
      x.receive("GET /a HT");
    x.drain();
    x.receive(begun ? get("/a").substr(9) : get("/a"));
    x.take<request_cycle::hand_over>();
    CHECK(x.answer(said(200)));
    CHECK(x.take<request_cycle::send>().head.find("Connection: close\r\n") != std::string::npos);
    x.written();
    x.take<request_cycle::hang_up>();
    CHECK(x.has_nothing_to_do());
  }
}

TEST_CASE("request_cycle: when the server stops while an answer is on its way, the connection ends after it") {
  cycle x;
  x.receive(get("/a"));
  x.take<request_cycle::hand_over>();
  CHECK(x.answer(said(200)));
  x.take<request_cycle::send>();
  x.drain();
  CHECK(x.has_nothing_to_do());
  x.written();
  x.take<request_cycle::hang_up>();
}

TEST_CASE("request cycle: a page has the headers that protect it, also when it is an error; its own ones count") {
  const std::string usual = "X-Content-Type-Options: nosniff\n"
                            "Content-Security-Policy: base-uri 'self'; frame-ancestors 'self'\n"
                            "Referrer-Policy: strict-origin-when-cross-origin\n";
  const auto protection = [](http_response x) {
    cycle one;
    one.receive(get("/"));
    one.take<cycle::hand_over>();
    CHECK(one.answer(std::move(x)));
    return protection_of(one.take<cycle::send>().head);
  };
  CHECK(protection(http_response::text(404, "Not Found\n")) == usual);
  CHECK(protection({200, {{"content-type", "Text/HTML"}}, "<p>"}) == usual);
  CHECK(protection({200, {}, "<p>"}) == usual); // a browser guesses
  CHECK(protection({200, {{"Content-Type", "image/svg+xml"}, {"content-security-policy", "default-src 'none'"}}, "x"})
        == "X-Content-Type-Options: nosniff\nReferrer-Policy: strict-origin-when-cross-origin\n");
  CHECK(protection(http_response::json(200, "{}")).empty());
  CHECK(protection({204, {}, {}}).empty());
  cycle refusing;
  refusing.receive("nonsense\r\n\r\n");
  CHECK(protection_of(refusing.take<cycle::send>().head) == usual); // 400, which no handler sees
}

TEST_CASE("request_cycle: whatever refuses a request, the gate gives its path's errors their form") {
  struct : request_gate {
    verdict judge(http_request&) override { return body_terms{100}; }
    std::optional<http_response> refusal(std::string_view path, unsigned status, std::string_view) const override {
      return path == "/api/x" ? std::optional{http_response::json(status, std::to_string(status))} : std::nullopt;
    }
  } api;
  const auto answer_to = [&api](const std::string& bytes, void (request_cycle::*input)() = nullptr) {
    request_cycle x{{1000, 1000, 75}, api};
    x.received(bytes);
    auto found = x.next();
    if (input != nullptr) {
      CHECK_FALSE(found);
      (x.*input)();
      found = x.next();
    }
    return std::get<request_cycle::send>(*found);
  };
  const auto head = "POST /api/x HTTP/1.1\r\n" + std::string{"Host: h\r\n"};
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  CHECK(answer_to(post("/api/x?a", 101)).body == "413");
  CHECK(answer_to(chunked + "65\r\n" + std::string(101, 'x') + "\r\n0\r\n\r\n").body == "413");
  CHECK(answer_to(chunked + "nonsense\r\n\r\n").body == "400");
  CHECK(answer_to(head + "Host: g\r\n\r\n").body == "400");
  CHECK(answer_to(head + "X: " + std::string(2'000, 'x')).body == "431");
  CHECK(answer_to(head + "X Y: z\r\n\r\n").body == "400");
  CHECK(answer_to(post("/api/x", 5) + "abc", &request_cycle::time_is_over).body == "408");
  CHECK(answer_to(head, &request_cycle::time_is_over).body == "408");
  const auto shed = answer_to(post("/api/x", 5), &request_cycle::shed);
  CHECK(shed.body == "503");
  CHECK(shed.head.find("Retry-After: 1\r\n") != std::string::npos);
  CHECK(answer_to(post("/x", 101)).body == "Content Too Large\n");
  CHECK(answer_to(post("/x", 5), &request_cycle::shed).body.empty());
}

TEST_CASE("request_cycle: the refusal of a HEAD request has no body") {
  cycle x;
  x.receive("HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n");
  const auto answer = x.take<request_cycle::send>();
  CHECK(answer.head.starts_with("HTTP/1.1 413 "));
  CHECK(answer.body.empty());
}
