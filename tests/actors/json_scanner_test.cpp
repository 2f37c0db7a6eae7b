#include <doctest/doctest.h>

#include <random>

#include <nlohmann/json.hpp>

#include "actors/json/scanner.hpp"
#include "tests/support/json_text.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace std::string_literals;

namespace {

void agrees_with_nlohmann(const std::string& text) {
  if (is_json(text) == test::expected_json(text))
    return;
  FAIL("the verdicts differ on: ", nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
}

std::string nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

} // namespace

TEST_CASE("json scanner: it agrees with nlohmann on every edge of the grammar") {
  for (const auto* text : test::json_edges)
    agrees_with_nlohmann(text);
}

TEST_CASE("json scanner: it agrees with nlohmann on every text of three bytes from the alphabet of the grammar") {
  const std::string alphabet = " \n\"\\{}[],:-+.0159eEtfnu/\x1f\x7f\xc3\xa9\xff";
  for (const char a : alphabet)
    for (const char b : alphabet)
      for (const char c : alphabet)
        for (const auto& text : {""s + a + b + c, "["s + a + b + c + "]", "{\"k\":"s + a + b + c + "}",
                                 "\""s + a + b + c + "\"", "1"s + a + b + c})
          agrees_with_nlohmann(text);
}

TEST_CASE("json scanner: it agrees with nlohmann on every byte after a backslash") {
  for (int c = 1; c < 256; ++c)
    agrees_with_nlohmann("\"\\"s + static_cast<char>(c) + "\"");
}

TEST_CASE("json scanner: it agrees with nlohmann on every UTF-8 sequence of two bytes, and edges of "
          "longer ones") {
  const std::string edges = "\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0";
  for (int first = 0x80; first < 256; ++first)
    for (int second = 1; second < 256; ++second)
      agrees_with_nlohmann("\""s + static_cast<char>(first) + static_cast<char>(second) + "\"");
  for (int first = 0xE0; first < 256; ++first)
    for (const char b : edges)
      for (const char c : edges)
        for (const char d : "\x80\xbf\xc0\"")
          agrees_with_nlohmann("\""s + static_cast<char>(first) + b + c + d + "\"");
}

TEST_CASE("json scanner: it agrees with nlohmann on generated JSON, also with small damage") {
  std::mt19937 random{20};
  for (int i = 0; i < 20'000; ++i) {
    auto text = test::random_json(random, 4);
    REQUIRE_MESSAGE(is_json(text), text);
    for (int damage = 0; damage < 3; ++damage) {
      test::mutate(random, text);
      agrees_with_nlohmann(text);
    }
  }
}

TEST_CASE("json scanner: it finds the end of each value") {
  json_scanner in{R"( {"a":[1,{"b":"]"}]} , "x\"" ,12.5e3,true)"};
  CHECK(in.value() == R"({"a":[1,{"b":"]"}]})");
  CHECK(in.accept(','));
  CHECK(in.value() == R"("x\"")");
  CHECK(in.accept(','));
  CHECK(in.value() == "12.5e3");
  CHECK_FALSE(in.at_end());
  CHECK(in.accept(','));
  CHECK(in.value() == "true");
  CHECK(in.at_end());
  CHECK(in.problem() == nullptr);
}

TEST_CASE("json scanner: the error says what is wrong and where") {
  json_scanner in{R"({"a":[1,}]})"};
  CHECK_FALSE(in.value());
  CHECK(in.problem() == "expected a value"s);
  CHECK(in.offset() == 8);
}

TEST_CASE("json scanner: containers close with their own kind at any depth") {
  for (const size_t depth : {1U, 63U, 64U, 65U, 128U, 129U, 1000U}) {
    std::string open;
    std::string close;
    for (size_t i = 0; i < depth; ++i) {
      const bool object = i % 3 == 0;
      open += object ? "{\"k\":" : "[";
      close.insert(0, 1, object ? '}' : ']');
    }
    CHECK(is_json(open + "1" + close));
    for (size_t i = 0; i < depth; ++i) {
      auto wrong = close;
      wrong[i] = wrong[i] == '}' ? ']' : '}';
      CHECK_FALSE(is_json(open + "1" + wrong));
    }
  }
}

TEST_CASE("json scanner: millions of nested levels need no stack") {
  CHECK(is_json(nested(4'000'000)));
  CHECK_FALSE(is_json(nested(4'000'000).substr(1)));
  CHECK_FALSE(is_json(std::string(4'000'000, '[')));
}

TEST_CASE("json scanner: a NUL byte and a byte order mark are refused") {
  CHECK_FALSE(is_json("1\0"s));
  CHECK_FALSE(is_json("\"\0\""s));
  CHECK_FALSE(is_json("\xef\xbb\xbf{}"));
}

TEST_CASE("json scanner: a number with a fraction or an exponent must fit a double, an integer may have any length") {
  const std::string zeros(400, '0');
  CHECK(is_json("1.7976931348623157e308"));
  CHECK_FALSE(is_json("1.7976931348623159e308"));
  CHECK_FALSE(is_json("-1e309"));
  CHECK(is_json("1" + zeros));
  CHECK(is_json("-9" + zeros));
  CHECK_FALSE(is_json("1" + zeros + ".0"));
  CHECK_FALSE(is_json("1" + zeros + "e0"));
  CHECK(is_json("1" + zeros + "e-100"));
  CHECK(is_json("0." + zeros + "1e400"));
  CHECK(is_json("0e99999999999999999999"));
  CHECK(is_json("1e-99999999999999999999"));
  CHECK_FALSE(is_json("1e99999999999999999999"));
}

TEST_CASE("json scanner: the values of a text are counted, at any depth and outside of strings") {
  CHECK(count_json_values("1") == 1);
  CHECK(count_json_values(R"("a,[{\"," )") == 1);
  CHECK(count_json_values("[1, 2,[3]]") == 5);
  CHECK(count_json_values(R"({"a":1,"b":{"c":"\\"}})") == 4);
  CHECK(count_json_values(nested(100'000)) == 100'001);
}
