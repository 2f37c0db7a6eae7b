#include "transport/http/uri.hpp"

#include <doctest/doctest.h>

using namespace bennu;
using namespace bennu::engine;

TEST_CASE("origin: without rules pages of the request's host may connect, with any scheme and port, no others") {
  for (auto origin : {"https://shop.test", "http://shop.test:4000", "HTTPS://Shop.TEST"})
    for (auto host : {"shop.test", "shop.test:4000", "SHOP.test:443"})
      CHECK(origin_allowed({}, origin, host));
  for (auto origin : {"https://evil.test", "https://shop.test.evil.test", "https://a.shop.test",
                      "https://evilshop.test", "https://shop.test@evil.test", "null", "", "shop.test", "file://"})
    CHECK_FALSE(origin_allowed({}, origin, "shop.test"));
  CHECK(origin_allowed({}, "http://[::1]:4000", "[::1]:4000"));
  CHECK_FALSE(origin_allowed({}, "http://shop.test", ""));
  CHECK_FALSE(origin_allowed({}, "http://", ""));
}

TEST_CASE("origin: a request without an origin does not come from a page and may always connect") {
  CHECK(origin_allowed({}, std::nullopt, "shop.test"));
  CHECK(origin_allowed({"//example.com"}, std::nullopt, "shop.test"));
  CHECK_FALSE(origin_allowed({"//example.com"}, ""));
}

TEST_CASE("origin: self among the rules is the request's host, and a star is every origin") {
  CHECK(origin_allowed({"//app.test", "self"}, "https://shop.test", "shop.test"));
  CHECK(origin_allowed({"//app.test", "self"}, "https://app.test", "shop.test"));
  CHECK_FALSE(origin_allowed({"//app.test"}, "https://shop.test", "shop.test"));
  CHECK_FALSE(origin_allowed({"//app.test", "self"}, "https://evil.test", "shop.test"));
  for (auto origin : {"https://anywhere.test", "null", ""})
    CHECK(origin_allowed({"*"}, origin, "shop.test"));
}

TEST_CASE("origin: a rule that could never match is none") {
  for (auto rule : {"//example.com", "example.com", "//*.example.com", "https://example.com", "http://example.com:8080",
                    "//[::1]:4000", "self", "*"})
    CHECK(is_origin_rule(rule));
  for (auto rule : {"", "//", "https://", "null", "//*", "//a.*.test", "https:/example.com", "ws://example.com",
                    "//example.com:http", "//a.test,//b.test", "a b", "https://x$(reboot)", "https://x;y"})
    CHECK_FALSE(is_origin_rule(rule));
}

TEST_CASE("origin: a rule with only a host matches any scheme and any port") {
  for (auto origin : {"http://example.com", "https://example.com", "https://example.com:8443", "HTTPS://Example.COM"})
    CHECK(origin_allowed({"//example.com"}, origin));
  for (auto origin : {"https://example.org", "https://a.example.com", "https://example.com.evil.test",
                      "https://evilexample.com", "https://evil.test/example.com", "https://evil.test//example.com"})
    CHECK_FALSE(origin_allowed({"//example.com"}, origin));
}

TEST_CASE("origin: a star matches every subdomain, not the domain itself") {
  CHECK(origin_allowed({"//*.example.com"}, "https://a.example.com"));
  CHECK(origin_allowed({"//*.example.com"}, "https://a.b.example.com"));
  CHECK_FALSE(origin_allowed({"//*.example.com"}, "https://example.com"));
  CHECK_FALSE(origin_allowed({"//*.example.com"}, "https://.example.com.evil.test"));
  CHECK_FALSE(origin_allowed({"//*.example.com"}, "https://evilexample.com"));
}

TEST_CASE("origin: a scheme and a port in the rule must match") {
  CHECK(origin_allowed({"https://example.com"}, "https://example.com"));
  CHECK_FALSE(origin_allowed({"https://example.com"}, "http://example.com"));
  CHECK(origin_allowed({"//example.com:8443"}, "https://example.com:8443"));
  CHECK_FALSE(origin_allowed({"//example.com:8443"}, "https://example.com"));
  CHECK(origin_allowed({"//example.com:443"}, "https://example.com"));
  CHECK(origin_allowed({"//example.com:80"}, "http://example.com"));
}

TEST_CASE("origin: one matching rule is enough") {
  CHECK(origin_allowed({"//a.test", "https://b.test"}, "https://b.test"));
}

TEST_CASE("origin: a malformed origin never passes a rule") {
  for (auto origin : {"null", "example.com", "//", "https://", "https:example.com", "x//example.com",
                      "https://example.com@evil.test", "https://user@example.com"})
    CHECK_FALSE(origin_allowed({"//example.com"}, origin));
}

TEST_CASE("origin: an IPv6 host matches with and without a port") {
  CHECK(origin_allowed({"//[::1]"}, "http://[::1]:4000"));
  CHECK(origin_allowed({"//[::1]:4000"}, "http://[::1]:4000"));
  CHECK_FALSE(origin_allowed({"//[::1]"}, "http://[::2]"));
}
