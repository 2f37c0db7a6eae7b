#include "transport/http/uri.hpp"

#include <doctest/doctest.h>

using namespace bennu;
using namespace bennu::engine;

using pairs = query_pairs;

TEST_CASE("uri: every byte is decoded from its two hexadecimal digits in either case") {
  constexpr char digits[] = "0123456789abcdefABCDEF";
  for (size_t high = 0; high < 22; ++high)
    for (size_t low = 0; low < 22; ++low) {
      const auto value = (high < 16 ? high : high - 6) * 16 + (low < 16 ? low : low - 6);
      CHECK(percent_decode(std::string{'%', digits[high], digits[low]}) == std::string{static_cast<char>(value)});
    }
}

TEST_CASE("uri: a percent sign without two hexadecimal digits is malformed") {
  for (auto x : {"%", "a%", "%4", "%zz", "%4z", "%z4", "%%41", "%+1", "%-1", "% 1", "%0x"})
    CHECK(percent_decode(x) == std::nullopt);
}

TEST_CASE("uri: plus is a space in a query and itself in a path") {
  CHECK(percent_decode("a+b%2B", true) == "a b+");
  CHECK(percent_decode("a+b%2B") == "a+b+");
}

TEST_CASE("uri: a path is decoded once") {
  CHECK(decode_path("/a%20b/%C3%A9") == "/a b/\xC3\xA9");
  CHECK(decode_path("/%252e%252e") == "/%2e%2e");
}

TEST_CASE("uri: a path that does not begin with a slash, is malformed or contains a NUL is refused") {
  for (auto x : {"", "a", "http://host/a", "*", "/%", "/a%00b"})
    CHECK(decode_path(x) == std::nullopt);
}

TEST_CASE("uri: a query becomes its pairs in order, without empty ones") {
  CHECK(parse_query("") == pairs{});
  CHECK(parse_query("vsn=2.0.0&token=a%3Db+c") == pairs{{"vsn", "2.0.0"}, {"token", "a=b c"}});
  CHECK(parse_query("b=1&a=2&b=3") == pairs{{"b", "1"}, {"a", "2"}, {"b", "3"}});
  CHECK(parse_query("&&a&b=&=c&d=e=f&") == pairs{{"a", ""}, {"b", ""}, {"", "c"}, {"d", "e=f"}});
}

TEST_CASE("uri: a query that cannot be decoded, or does not decode to UTF-8, is malformed") {
  for (auto x : {"discount=5%&b=%41", "a=%zz", "%=1", "a=1&b=%f", "user_id=%ff", "%c3=1", "a=%c3%28", "a=\xFF"})
    CHECK_FALSE(parse_query(x));
  CHECK(parse_query("a=%c3%a9") == pairs{{"a", "\xC3\xA9"}});
}

TEST_CASE("uri: a path begins with the segments of another one, whatever the slashes between them") {
  for (const auto* x : {"/api", "/api/", "//api", "/api/x", "/api//x/"})
    CHECK(begins_with_segments(x, "/api"));
  for (const auto* x : {"/", "", "/apis", "/x/api", "/API"})
    CHECK_FALSE(begins_with_segments(x, "/api"));
  CHECK(begins_with_segments("/anything", "/"));
}
