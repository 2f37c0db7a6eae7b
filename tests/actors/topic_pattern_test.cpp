#include <doctest/doctest.h>

#include <bennu/actors/topic_pattern.hpp>

using namespace bennu;

TEST_CASE("topic pattern: without a star it matches one topic") {
  const topic_pattern lobby{"room:lobby"};
  CHECK(lobby.matches("room:lobby"));
  CHECK_FALSE(lobby.matches("room:lobby2"));
  CHECK_FALSE(lobby.matches("room:lobb"));
  CHECK_FALSE(lobby.matches(""));
}

TEST_CASE("topic pattern: a star at the end matches any rest, also an empty one") {
  const topic_pattern rooms{"room:*"};
  CHECK(rooms.matches("room:lobby"));
  CHECK(rooms.matches("room:"));
  CHECK(rooms.matches("room:*"));
  CHECK_FALSE(rooms.matches("room"));
  CHECK_FALSE(rooms.matches("my room:1"));
  CHECK(topic_pattern{"*"}.matches(""));
}

TEST_CASE("topic pattern: malformed patterns are refused, and the error shows them") {
  for (const auto* pattern : {"*:room", "room:*:x", "room:**", "a*b*"})
    CHECK_THROWS_WITH_AS(topic_pattern{pattern}, doctest::Contains(pattern), std::invalid_argument);
  CHECK_THROWS_AS(topic_pattern{""}, std::invalid_argument);
}

TEST_CASE("topic routes: a pattern can have only one route") {
  topic_routes<int> routes;
  routes.add("room:*", 1);
  CHECK_THROWS_WITH_AS(routes.add("room:*", 2), "the topic pattern \"room:*\" is routed twice", std::invalid_argument);
}
