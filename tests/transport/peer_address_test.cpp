#include "transport/http/peer_address.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

using namespace bennu;
using namespace bennu::engine;

namespace {

http_request from(std::string peer, std::vector<http_header> headers) {
  http_request result;
  result.peer_address = std::move(peer);
  result.headers = std::move(headers);
  return result;
}

std::string resolved(const trusted_proxies& by, std::string peer, std::vector<http_header> headers) {
  auto request = from(std::move(peer), std::move(headers));
  by.resolve(request);
  return request.peer_address;
}

} // namespace

TEST_CASE("trusted_proxies: a range contains exactly its addresses, for IPv4 and IPv6") {
  const trusted_proxies x{{"10.0.0.0/8", "192.168.1.1", "2001:db8::/33", "0.0.0.0/32"}};
  CHECK(x.trusts("10.255.0.1"));
  CHECK(x.trusts("::ffff:10.1.2.3"));
  CHECK(x.trusts("192.168.1.1"));
  CHECK(x.trusts("2001:db8:7fff::1"));
  for (const auto* no : {"11.0.0.1", "192.168.1.2", "2001:db8:8000::1", "::1", "nonsense", ""})
    CHECK_FALSE(x.trusts(no));
  CHECK(trusted_proxies{{"0.0.0.0/0"}}.trusts("8.8.8.8"));
  CHECK_FALSE(trusted_proxies{{"0.0.0.0/0"}}.trusts("::1"));
  CHECK(trusted_proxies{{"unix"}}.trusts(""));
}

TEST_CASE("trusted_proxies: a text that is not a range is refused") {
  for (const auto* bad : {"10.0.0.0/33", "::1/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "example.com", ""})
    CHECK_THROWS_AS(trusted_proxies({bad}), std::invalid_argument);
}

TEST_CASE("trusted_proxies: by default no header is believed, and one from an untrusted address never is") {
  CHECK(resolved({}, "10.0.0.1", {{"X-Forwarded-For", "6.6.6.6"}}) == "10.0.0.1");
  const trusted_proxies x{{"10.0.0.0/8"}};
  CHECK(resolved(x, "11.0.0.1", {{"X-Forwarded-For", "6.6.6.6"}, {"Forwarded", "for=6.6.6.6"}}) == "11.0.0.1");
}

TEST_CASE("trusted_proxies: the client's address is the last one that is not a trusted proxy") {
  const trusted_proxies x{{"10.0.0.0/8"}};
  CHECK(resolved(x, "10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}}) == "192.0.2.1");
  CHECK(resolved(x, "10.0.0.1", {{"x-forwarded-for", "6.6.6.6, 192.0.2.1 ,10.0.0.2"}}) == "192.0.2.1");
  CHECK(resolved(x, "10.0.0.1", {{"X-Forwarded-For", "6.6.6.6"}, {"X-Forwarded-For", "192.0.2.1:4711"}})
        == "192.0.2.1");
  CHECK(resolved(x, "10.0.0.1", {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}) == "10.0.0.3");
}

TEST_CASE("trusted_proxies: a client that the proxy does not name is unknown, and is not taken for the proxy") {
  const trusted_proxies x{{"10.0.0.0/8", "unix"}};
  CHECK_FALSE(x.trusts(unknown_address));
  CHECK_FALSE(trusted_proxies{{"0.0.0.0/0", "::/0"}}.trusts(unknown_address));
  for (const http_header& header : std::vector<http_header>{{"X-Forwarded-For", "192.0.2.1, unknown"},
                                                            {"X-Forwarded-For", "unknown, 10.0.0.2"},
                                                            {"x-forwarded-for", ""},
                                                            {"X-Forwarded-Proto", "https"},
                                                            {"Forwarded", "for=_hidden"},
                                                            {"Forwarded", "for=unknown;proto=https"},
                                                            {"Forwarded", "for=x"},
                                                            {"Forwarded", "by=10.0.0.1"},
                                                            {"Forwarded", "for=_hidden, for=10.0.0.2"},
                                                            {"Forwarded", "for=\"[\";;=,"},
                                                            {"forwarded", ""}}) {
    CAPTURE(header);
    CHECK(resolved(x, "10.0.0.1", {header}) == "unknown");
    CHECK(resolved(x, "", {header}) == "unknown");
  }
}

TEST_CASE("trusted_proxies: a request without any header about a client is the proxy's own, such as a health check") {
  const trusted_proxies x{{"10.0.0.0/8", "unix"}};
  CHECK(resolved(x, "10.0.0.1", {{"Host", "h"}}) == "10.0.0.1");
  CHECK(resolved(x, "", {}) == "");
}

TEST_CASE("trusted_proxies: Forwarded knows IPv6, ports and schemes") {
  const trusted_proxies x{{"10.0.0.0/8"}};
  auto request = from("10.0.0.1", {{"Forwarded", "for=6.6.6.6;by=x, For=\"[2001:db8::7]:80\";Proto=https"}});
  x.resolve(request);
  CHECK(request.peer_address == "2001:db8::7");
  CHECK(request.scheme == "https");
}

TEST_CASE("trusted_proxies: wss is https and ws is http, in any case of letters; any other word changes nothing") {
  const trusted_proxies x{{"10.0.0.0/8"}};
  const auto scheme = [&x](const char* name, const std::string& value, const char* before = "http") {
    auto request = from("10.0.0.1", {{name, value}});
    request.scheme = before;
    x.resolve(request);
    return request.scheme;
  };
  for (const std::string secure : {"https", "HTTPS", "wss", "WSS", "Wss"}) {
    CHECK(scheme("X-Forwarded-Proto", secure) == "https");
    CHECK(scheme("Forwarded", "for=192.0.2.1;proto=" + secure) == "https");
  }
  for (const std::string plain : {"http", "HTTP", "ws", "WS"}) {
    CHECK(scheme("X-Forwarded-Proto", plain, "https") == "http");
    CHECK(scheme("Forwarded", "proto=" + plain + ";for=192.0.2.1", "https") == "http");
  }
  for (const std::string other : {"", "httpss", "gopher", "https2"})
    CHECK(scheme("X-Forwarded-Proto", other, "https") == "https");
}

TEST_CASE("trusted_proxies: the host that a trusted proxy names replaces Host; that of another peer does not") {
  const trusted_proxies x{{"10.0.0.0/8"}};
  const auto host = [&x](const char* peer, std::vector<http_header> headers) {
    headers.push_back({"host", "inner:4000"});
    auto request = from(peer, std::move(headers));
    x.resolve(request);
    return std::string{request.header("Host")};
  };
  CHECK(host("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Host", "shop.test"}}) == "shop.test");
  CHECK(host("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Host", "evil.test, shop.test"}})
        == "shop.test");
  CHECK(host("10.0.0.1", {{"Forwarded", "for=192.0.2.1;host=\"shop.test:8443\""}}) == "shop.test:8443");
  CHECK(host("10.0.0.1", {{"Forwarded", "for=6.6.6.6;host=evil.test, for=192.0.2.1;host=shop.test"}}) == "shop.test");
  CHECK(host("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}}) == "inner:4000");
  CHECK(host("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Host", "a@evil.test"}}) == "inner:4000");
  CHECK(host("11.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Host", "evil.test"}}) == "inner:4000");
}

TEST_CASE("trusted_proxies: when both headers are present and disagree, neither is believed") {
  const trusted_proxies x{{"10.0.0.0/8"}};
  CHECK(resolved(x, "10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}, {"Forwarded", "for=6.6.6.6"}}) == "unknown");
  CHECK(resolved(x, "10.0.0.1", {{"Forwarded", "for=x"}, {"X-Forwarded-For", "192.0.2.1"}}) == "unknown");
  CHECK(resolved(x, "10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}, {"Forwarded", "for=192.0.2.1"}}) == "192.0.2.1");
  CHECK(resolved(x, "10.0.0.1", {{"X-Forwarded-Proto", "https"}, {"Forwarded", "for=192.0.2.1"}}) == "192.0.2.1");
}
