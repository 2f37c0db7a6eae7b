#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <bennu/testing/expectation.hpp>

using namespace bennu;
using nlohmann::json;

TEST_CASE("pattern: an object matches every object that has its members") {
  const pattern wanted{{"user", "ann"}, {"age", 7}};
  CHECK(wanted.matches({{"user", "ann"}, {"age", 7}, {"extra", true}}));
  CHECK(wanted.difference({{"user", "ann"}}) == R"(at /age: expected 7, got nothing: the object is {"user":"ann"})");
  CHECK(wanted.difference({{"user", "bob"}, {"age", 7}}) == R"(at /user: expected "ann", got "bob")");
  CHECK(wanted.difference(3) == "at /: expected an object, got 3");
}

TEST_CASE("pattern: the empty pattern matches every object and nothing else") {
  CHECK(pattern{}.matches(json::object()));
  CHECK(pattern{}.matches({{"a", 1}}));
  CHECK_FALSE(pattern{}.matches(nullptr));
  CHECK_FALSE(pattern{}.matches(json::array()));
}

TEST_CASE("pattern: the first difference is reported with its path") {
  const pattern wanted{{"users", list({{{"name", "ann"}}, {{"name", any()}}})}};
  CHECK(wanted.matches({{"users", {{{"name", "ann"}}, {{"name", 5}}}}}));
  CHECK(wanted.difference({{"users", {{{"name", "bob"}}, {{"nick", 5}}}}})
        == R"(at /users/0/name: expected "ann", got "bob")");
  CHECK(wanted.difference({{"users", {{{"name", "ann"}}}}}) == "at /users: expected a list of 2, got one of 1");
}

TEST_CASE("pattern: the braces that JSON has for a list are an object, and the difference says what a list is") {
  const pattern one{{"users", {{{"name", "ann"}}}}};
  CHECK(one.text() == R"({"users": {"name": "ann"}})");
  const auto text = one.difference({{"users", {{{"name", "ann"}}}}});
  CHECK(text == R"(at /users: expected an object, got [{"name":"ann"}]; list({…}) expects a list)");
}

TEST_CASE("pattern: exactly refuses additional members") {
  CHECK(exactly({{"a", 1}}).matches({{"a", 1}}));
  CHECK(exactly({{"a", 1}}).difference({{"a", 1}, {"b", 2}}) == "at /b: expected nothing there, got 2");
  CHECK(exactly({{"a", 1}}).difference(json::object()) == "at /a: expected 1, got nothing");
  CHECK(exactly({{"a", {1, 2}}}).difference({{"a", {1, 3}}}) == "at /a/1: expected 2, got 3");
  CHECK(exactly(json::object()).matches(json::object()));
}

TEST_CASE("pattern: capture keeps the value, where calls a function") {
  json id;
  CHECK(pattern{{"id", capture(id)}}.matches({{"id", 42}}));
  CHECK(id == 42);
  const auto positive = where("a positive number", [](const json& x) { return x.is_number() && x > 0; });
  CHECK(pattern{{"id", positive}}.matches({{"id", 1}}));
  CHECK(pattern{{"id", positive}}.difference({{"id", -1}}) == "at /id: expected a positive number, got -1");
}

TEST_CASE("pattern: a value for which the function throws does not match") {
  const auto adult = where("an adult", [](const json& x) { return x.at("age") >= 18; });
  CHECK(adult.matches({{"age", 18}}));
  const auto text = adult.difference({{"name", "ann"}});
  REQUIRE(text);
  CHECK(text->starts_with(R"(at /: expected an adult, got {"name":"ann"}, for which the function threw: )"));
}

TEST_CASE("pattern: a whole json value is a pattern") {
  const json value{{"a", {{"b", {1, 2}}}}};
  CHECK(pattern{value}.matches({{"a", {{"b", {1, 2}}, {"c", 3}}}}));
  CHECK(pattern{value}.difference({{"a", {{"b", {1}}}}}) == "at /a/b: expected a list of 2, got one of 1");
  CHECK(pattern{"text"}.matches("text"));
  CHECK(pattern{1}.matches(1.0));
}

TEST_CASE("pattern: a long value is cut in the message") {
  const auto text = pattern{{"a", 1}}.difference({{"a", std::string(1000, 'x')}});
  REQUIRE(text);
  CHECK(text->size() < 260);
}
