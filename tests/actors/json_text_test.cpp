#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/json/scanner.hpp"
#include "actors/json/text.hpp"
#include "actors/json/utf8.hpp"
#include "tests/support/json_text.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace std::string_literals;
using nlohmann::json;

namespace {

std::string text_of(const json& value) {
  std::string result;
  append_json(result, value);
  return result;
}

json nested(int depth) {
  json result = 1;
  for (int i = 0; i < depth; ++i) {
    json outer = i % 2 == 0 ? json::array() : json::object();
    if (outer.is_array())
      outer.push_back(std::move(result));
    else
      outer["k"] = std::move(result);
    result = std::move(outer);
  }
  return result;
}

} // namespace

TEST_CASE("json text: every character is written as nlohmann writes it") {
  for (int c = 0; c < 0x80; ++c) {
    const auto value = "some padding"s + static_cast<char>(c) + "\xe2\x82\xac";
    CHECK(json_string(value) == json(value).dump());
  }
}

TEST_CASE("json text: every code point survives writing, escaping and reading") {
  for (uint32_t point = 0; point < 0x110000; point += point < 0x1000 ? 1 : 97) {
    if (point >= 0xD800 && point < 0xE000)
      continue;
    char escaped[32];
    if (point < 0x10000)
      std::snprintf(escaped, sizeof escaped, "\"\\u%04x\"", point);
    else
      std::snprintf(escaped, sizeof escaped, "\"\\u%04X\\u%04x\"", 0xD7C0 + (point >> 10), 0xDC00 + (point & 0x3FF));
    const auto value = json::parse(escaped).get<std::string>();
    REQUIRE(decode_json_string(escaped) == value);
    REQUIRE(decode_json_string(json_string(value)) == value);
  }
}

TEST_CASE("json text: a string that is not UTF-8 is refused, and the error names the byte") {
  CHECK_THROWS_WITH_AS(json_string("ab\xff"), doctest::Contains("byte 2"), std::invalid_argument);
  CHECK_FALSE(is_utf8("ab\xff"));
  CHECK(is_utf8("ab\xc3\xa9"));
}

TEST_CASE("json text: a text that needs no escape is not copied") {
  std::string scratch;
  const std::string_view plain = "room:lobby";
  CHECK(escape_json(plain, scratch).data() == plain.data());
  CHECK(escape_json("a\"b", scratch) == "a\\\"b");
}

TEST_CASE("json text: a parsed value survives writing and reading") {
  std::mt19937 random{7};
  for (int i = 0; i < 5'000; ++i) {
    const auto value = json::parse(test::random_json(random, 4));
    const auto text = text_of(value);
    REQUIRE_MESSAGE(is_json(text), text);
    REQUIRE(json_equal(json::parse(text), value));
    REQUIRE(json::parse(text) == value);
  }
}

TEST_CASE("json text: a double stays a double and keeps its value") {
  std::mt19937_64 random{7};
  for (int i = 0; i < 20'000; ++i) {
    const auto bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value))
      continue;
    const auto back = json::parse(text_of(value));
    REQUIRE(back.is_number_float());
    REQUIRE(back.get<double>() == value);
  }
  CHECK(text_of(1.0) == "1.0");
  CHECK(text_of(std::nan("")) == "null");
}

TEST_CASE("json text: equality is the same as nlohmann's") {
  std::mt19937 random{9};
  std::vector<json> values;
  for (int i = 0; i < 150; ++i)
    values.push_back(json::parse(test::random_json(random, 2)));
  for (const auto& x : values)
    for (const auto& y : values)
      REQUIRE(json_equal(x, y) == (x == y));
}

TEST_CASE("json text: values of any depth are written and compared without recursion") {
  const auto x = nested(300'000);
  const auto y = nested(300'000);
  const auto text = text_of(x);
  CHECK(is_json(text));
  CHECK(json_equal(x, y));
  CHECK_FALSE(json_equal(x, nested(299'999)));
}
