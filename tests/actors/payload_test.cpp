#include <doctest/doctest.h>

#include <limits>
#include <thread>

#include <nlohmann/json.hpp>

#include <bennu/actors/payload.hpp>

using namespace bennu;

TEST_CASE("payload: the default is the empty object") {
  CHECK(payload{}.bytes() == "{}");
  CHECK(payload{}.value() == json::object());
  CHECK(payload{} == payload{json::object()});
  CHECK(payload{} == payload::from_text("{}"));
  CHECK_FALSE(payload{}.is_binary());
}

TEST_CASE("payload: the text of a client stays unchanged") {
  const std::string text = R"({"a" : 1.0, "b":123456789012345678901234567890})";
  const auto x = payload::from_text(text);
  CHECK(x.value()["a"] == 1.0);
  CHECK(x.bytes() == text);
  CHECK(x == payload::from_text(" " + text));
}

TEST_CASE("payload: an integer with hundreds of digits keeps them in the text, and its value is the largest double") {
  const std::string digits(401, '7');
  const auto text =
    R"({"a":)" + digits + R"(,"b":-)" + digits + R"(,"c":")" + digits + R"(\"","d":[-1.5e3,)" + digits + "]}";
  const auto x = payload::from_text(text);
  CHECK(x.bytes() == text);
  constexpr auto largest = std::numeric_limits<double>::max();
  CHECK(x.value() == json{{"a", largest}, {"b", -largest}, {"c", digits + "\""}, {"d", {-1500.0, largest}}});
  CHECK(x.member("a")->bytes() == digits);
}

TEST_CASE("payload: a value of the application has its compact text") {
  const payload x = json{{"a", {1, 2.0, nullptr}}, {"b", "\n"}};
  CHECK(x.bytes() == R"({"a":[1,2.0,null],"b":"\n"})");
  CHECK(x.value()["a"][0] == 1);
}

TEST_CASE("payload: a braced list does not become a payload by accident") {
  CHECK_FALSE(std::is_constructible_v<payload, std::initializer_list<int>>);
  CHECK_FALSE(std::is_convertible_v<const char*, payload>);
  CHECK(std::is_convertible_v<json, payload>);
}

TEST_CASE("payload: copies share the bytes") {
  const auto x = payload::binary("bytes that do not fit into the object itself");
  const auto y = x; // NOLINT(performance-unnecessary-copy-initialization)
  CHECK(x.bytes().data() == y.bytes().data());
}

TEST_CASE("payload: a binary payload has no JSON value, and the error says so") {
  CHECK_THROWS_WITH_AS(payload::binary("abc").value(), doctest::Contains("binary (3 bytes)"), std::invalid_argument);
}

TEST_CASE("payload: JSON payloads are compared by value, binary ones by bytes") {
  CHECK(payload::from_text(R"({"a":1,"b":[2]})") == payload::from_text(R"({ "b":[2], "a":1.0})"));
  CHECK_FALSE(payload::from_text("[1]") == payload::from_text("[2]"));
  CHECK_FALSE(payload::from_text("{}") == payload::binary("{}"));
  CHECK_FALSE(payload::binary("a") == payload::binary("b"));
  CHECK(payload::binary("a") == payload::binary("a"));
}

TEST_CASE("payload: threads that ask for the value at the same time get the same one") {
  for (int round = 0; round < 200; ++round) {
    const auto x = payload::from_text(R"({"a":[1,2,3]})");
    const json* seen[2] = {};
    std::thread other{[&seen, copy = x] { seen[0] = &copy.value(); }};
    seen[1] = &x.value();
    other.join();
    REQUIRE(seen[0] == seen[1]);
  }
}

TEST_CASE("payload: nesting that a client chooses does not overflow the stack") {
  const std::string text = std::string(400'000, '[') + std::string(400'000, ']');
  const auto x = payload::from_text(text);
  CHECK_THROWS_WITH_AS(x.value(), doctest::Contains("more than 4000 levels deep"), std::invalid_argument);
  CHECK(x.bytes() == text);
}

TEST_CASE("payload: a member can be found and set without a change to any other") {
  const std::string deep = std::string(5'000, '[') + std::string(5'000, ']');
  const auto x =
    payload::from_text(R"({"n": 123456789012345678901 ,"b":1.0,"b":2.50,"deep":)" + deep + R"(,"\u0061":"é"})");
  CHECK(x.member("n")->bytes() == "123456789012345678901");
  CHECK(x.member("b")->bytes() == "2.50");
  CHECK(x.member("deep")->bytes() == deep);
  CHECK(x.member("a")->bytes() == "\"é\"");
  CHECK_FALSE(x.member("c"));
  CHECK(x.with("a", json(true)).with("b", json(nullptr)).bytes()
        == R"({"n":123456789012345678901,"deep":)" + deep + R"(,"a":true,"b":null})");
  CHECK(payload().with("q\"", json(1)).bytes() == R"({"q\"":1})");
}

TEST_CASE("payload: other values than objects have no members, and none can be set") {
  for (const auto& x :
       {payload::from_text("[1]"), payload::from_text("null"), payload::from_text("\"{}\""), payload::binary("{}")}) {
    CHECK_FALSE(x.member("a"));
    CHECK_THROWS_AS(x.with("a", json(1)), std::invalid_argument);
  }
  CHECK_THROWS_AS(payload().with("a", payload::binary("x")), std::invalid_argument);
}

TEST_CASE("payload: every value that is available can be copied and dumped") {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + "\"[[\\\"[\"" + std::string(depth, ']'); };
  const json copy = payload::from_text(nested(payload::max_depth)).value();
  CHECK(copy.dump() == nested(payload::max_depth));
  CHECK_THROWS_AS(payload::from_text(nested(payload::max_depth + 1)).value(), std::invalid_argument);
}
