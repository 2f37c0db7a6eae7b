#include "transport/http/uri.hpp"

#include <doctest/doctest.h>

using namespace bennu;
using namespace bennu::engine;

TEST_CASE("origin: without rules, and without an origin, every client may connect") {
  CHECK(origin_allowed({}, "https://anywhere.test"));
  CHECK(origin_allowed({"//example.com"}, std::nullopt));
  CHECK_FALSE(origin_allowed({"//example.com"}, ""));
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
