#include "transport/http/reader.hpp"
#include "transport/http/writer.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace bennu;
using namespace bennu::engine;

TEST_CASE("http_reader: requests do not depend on how their bytes were split") {
  const std::string bytes = "POST /a%20b?x=%20 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                            "GET / HTTP/1.0\r\n\r\nrest";
  for (size_t size = 1; size <= bytes.size(); ++size) {
    http_reader x{1'000, 100};
    std::vector<http_request> found;
    for (size_t i = 0; i < bytes.size(); i += size) {
      x.feed(std::string_view{bytes}.substr(i, size));
      while (found.size() < 2) {
        auto next = x.next();
        if (!std::holds_alternative<http_request>(next))
          break;
        found.push_back(std::get<http_request>(std::move(next)));
        CHECK(x.keep_alive() == (found.size() == 1));
      }
    }
    REQUIRE(found.size() == 2);
    CHECK(found[0].method == "POST");
    CHECK(found[0].path == "/a b");
    CHECK(found[0].query == "x=%20");
    CHECK(found[0].target == "/a%20b?x=%20");
    CHECK(found[0].header("host") == "h");
    CHECK(found[0].body == "abc");
    CHECK(found[1].path == "/");
    CHECK(x.take_rest() == "rest");
  }
}

TEST_CASE("http_reader: a chunked body may be split anywhere, also when its last chunk is its first") {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const auto& [chunks, body] : std::vector<std::pair<std::string, std::string>>{
         {"0\r\n\r\n", ""}, {"0\r\nX: y\r\n\r\n", ""}, {"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", "abcd"}}) {
    const auto bytes = head + chunks;
    for (size_t size = 1; size <= bytes.size(); ++size) {
      http_reader x{1'000, 100};
      std::vector<http_request> found;
      for (size_t i = 0; i < bytes.size(); i += size) {
        x.feed(std::string_view{bytes}.substr(i, size));
        if (auto next = x.next(); std::holds_alternative<http_request>(next))
          found.push_back(std::get<http_request>(std::move(next)));
      }
      REQUIRE(found.size() == 1);
      CHECK(found[0].body == body);
    }
  }
}

TEST_CASE("http_reader: a request that is too large is refused with its status") {
  http_reader header{1'000, 100};
  header.feed("GET / HTTP/1.1\r\nX: " + std::string(2'000, 'x'));
  CHECK(std::get<bad_request>(header.next()).status == 431);
  http_reader body{1'000, 100};
  body.feed("POST /big HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n");
  CHECK(std::get<bad_request>(body.next()).status == 413);
}

TEST_CASE("http_reader: a chunk's extension and a trailer count against the limit of headers") {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string begin : {"1;x=", "1;x=\"", "0\r\nX: ", "1\r\na\r\n1;x="}) {
    http_reader x{1'000, 100};
    x.feed(head + begin + std::string(900, 'x'));
    CHECK(std::holds_alternative<http_reader::incomplete>(x.next()));
    x.feed(std::string(200, 'x'));
    CHECK(std::get<bad_request>(x.next()).status == 431);
  }
}

TEST_CASE("http_reader: trailer fields are not headers and have no effect on the connection") {
  http_reader x{1'000, 100};
  x.feed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
         "1\r\na\r\n0\r\nX-Forwarded-For: 1.2.3.4\r\nHost: g\r\nConnection: close\r\n\r\n");
  const auto request = std::get<http_request>(x.next());
  CHECK(request.body == "a");
  CHECK(request.headers.size() == 2);
  CHECK(request.header("Host") == "h");
  CHECK(request.header("X-Forwarded-For").empty());
  CHECK(x.keep_alive());
}

TEST_CASE(
  "http_reader: a client that waits for permission to continue is noticed once, unless its body has arrived already") {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n";
  http_reader x{1'000, 100};
  x.feed(head);
  CHECK(std::holds_alternative<http_reader::incomplete>(x.next()));
  CHECK(x.take_expectation());
  CHECK_FALSE(x.take_expectation());
  x.feed("a" + head + "b" + head.substr(0, head.size() - 2));
  for (std::string body : {"a", "b"})
    CHECK(std::get<http_request>(x.next()).body == body);
  CHECK(std::holds_alternative<http_reader::incomplete>(x.next()));
  CHECK_FALSE(x.take_expectation());
}

TEST_CASE("http_reader: requests that a proxy might read differently are refused") {
  for (const std::string headers :
       {"Transfer-Encoding: xchunked", "Transfer-Encoding: gzip", "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, gzip", "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding:", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: xchunked\r\nContent-Length: 4", "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Content-Length: 4\r\nContent-Length: 5", "Host: g", "Transfer-Encoding: chunked\r\nContent-Length: 4"}) {
    CAPTURE(headers);
    http_reader x{1'000, 100};
    x.feed("POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n\r\n0\r\n\r\n");
    CHECK(std::get<bad_request>(x.next()).status == 400);
  }
  for (const std::string request :
       {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a b/@\r\n\r\n",
        "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", "GET http://h/ HTTP/1.1\r\nHost: h\r\nHost: g\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    http_reader x{1'000, 100};
    x.feed(request);
    CHECK(std::get<bad_request>(x.next()).status == 400);
  }
}

TEST_CASE("http_reader: an absolute target gives its path and host; line breaks before a request are skipped") {
  http_reader x{1'000, 100};
  x.feed("\r\n\r\nGET http://g:80/a?b HTTP/1.1\r\nHost: h\r\n\r\nGET http://g?b HTTP/1.1\r\nHost: h\r\n\r\n\r");
  auto request = std::get<http_request>(x.next());
  CHECK(request.target == "/a?b");
  CHECK(request.path == "/a");
  CHECK(request.header("Host") == "g:80");
  request = std::get<http_request>(x.next());
  CHECK(request.target == "/?b");
  CHECK(std::holds_alternative<http_reader::incomplete>(x.next()));
  x.feed("\nGET / HTTP/1.0\r\n\r\n");
  CHECK(std::get<http_request>(x.next()).path == "/");
  CHECK(x.is_old());
}

TEST_CASE("http_reader: malformed bytes are 400, and an incomplete request is not one yet") {
  http_reader x{1'000, 100};
  CHECK(std::holds_alternative<http_reader::incomplete>(x.next()));
  CHECK_FALSE(x.in_request());
  x.feed("GET / HT");
  CHECK(std::holds_alternative<http_reader::incomplete>(x.next()));
  CHECK(x.in_request());
  http_reader bad{1'000, 100};
  bad.feed("nonsense\r\n\r\n");
  CHECK(std::get<bad_request>(bad.next()).status == 400);
}

TEST_CASE("http_head: it has the length and says when the connection ends") {
  const http_response response{200, {{"X", "1"}}, {}};
  CHECK(http_head(response, 5, true) == "HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 5\r\n\r\n");
  CHECK(http_head(response, 0, false) == "HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(http_head({304, {}, {}}, 0, true, "now") == "HTTP/1.1 304 Not Modified\r\nDate: now\r\n\r\n");
  CHECK(http_head({101, {}, {}}, 0, true) == "HTTP/1.1 101 Switching Protocols\r\n\r\n");
}

TEST_CASE("http_reader: the path of a request that is not whole is known from its first line") {
  const auto path_of = [](const std::string& bytes) {
    http_reader x{1'000, 100};
    x.feed(bytes);
    (void)x.next();
    return x.path();
  };
  for (const std::string begin :
       {"POST /api/x?a=b HTTP/1.1\r\nHost: h\r\nX: ", "POST /api/x HTTP/1.1\r\n", "POST /api/x?a", "POST /api/x",
        "POST /api%2Fx HTTP/1.1\r\nX: y\r\n", "POST /api/x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc"})
    CHECK(path_of(begin) == "/api/x");
  CHECK(path_of("POST /api/x HTTP/1.1\r\nHost: h\r\nX: " + std::string(2'000, 'x')) == "/api/x");
  for (const std::string none : {"", "POST", "POST ", "\r\n", "nonsense\r\n\r\n"})
    CHECK(path_of(none).empty());
}
