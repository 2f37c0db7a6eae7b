#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <caf/make_counted.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "apps/chat/last_words_plan.hpp"

using namespace chat;
using namespace std::chrono_literals;

namespace {

constexpr int64_t noon = 1'000'000'000;
constexpr int64_t one_second = 1000;

const bennu::history five_minutes{.age = 5min};

std::vector<message> stored(const std::vector<int64_t>& numbers) {
  std::vector<message> result;
  for (const auto id : numbers)
    result.push_back({id, "lobby", {1, "ann"}, "hi", noon, ""});
  return result;
}

std::vector<bennu::broadcast_ptr> told(const std::vector<int64_t>& numbers) {
  std::vector<bennu::broadcast_ptr> result;
  for (const auto id : numbers)
    result.push_back(
      caf::make_counted<bennu::broadcast>("room:lobby", "new_message", bennu::payload(bennu::json{{"id", id}})));
  return result;
}

std::vector<int64_t> ids_of(const std::vector<message>& all) {
  std::vector<int64_t> result;
  for (const auto& x : all)
    result.push_back(x.id);
  return result;
}

} // namespace

TEST_CASE("last words: of the nodes that are connected, the first by name announces") {
  last_words_plan one{"a", {"b", "c"}, five_minutes}, other{"b", {"a", "c"}, five_minutes};
  CHECK_FALSE(one.from(noon));
  one.lost("c", noon);
  other.lost("c", noon);
  CHECK(one.from(noon) == noon - 30 * one_second);
  CHECK_FALSE(other.from(noon));
  other.lost("a", noon); // before it has announced
  CHECK(other.from(noon) == noon - 30 * one_second);
  one.met("A0"); // comes before it
  CHECK_FALSE(one.from(noon));
}

TEST_CASE("last words: a node that is lost while the database answers is asked for next") {
  last_words_plan plan{"a", {"b", "c"}, five_minutes};
  plan.lost("b", noon);
  plan.asked();
  plan.lost("c", noon + 40 * one_second);
  CHECK(plan.from(noon + 41 * one_second) == noon - 30 * one_second); // the answer did not come
  plan.done();
  CHECK(plan.from(noon + 41 * one_second) == noon + 10 * one_second);
  plan.asked();
  plan.done();
  CHECK_FALSE(plan.from(noon + 42 * one_second));
}

TEST_CASE("last words: a node looks back to 30 s before the first loss that it has not announced yet") {
  last_words_plan plan{"a", {"b"}, five_minutes};
  plan.lost("b", noon);
  CHECK(plan.from(noon + 100 * one_second) == noon - 30 * one_second);
  plan.lost("c", noon + 100 * one_second);
  CHECK(plan.from(noon + 100 * one_second) == noon - 30 * one_second);
  plan.asked();
  plan.done();
  CHECK_FALSE(plan.from(noon + 101 * one_second));
  plan.lost("d", noon + 200 * one_second);
  CHECK(plan.from(noon + 200 * one_second) == noon + 170 * one_second);
}

TEST_CASE("last words: nothing is announced that the histories may have dropped because of its age") {
  last_words_plan plan{"a", {"b"}, five_minutes};
  plan.lost("b", noon);
  CHECK(plan.from(noon + 10'000 * one_second) == noon + 10'000 * one_second - 240 * one_second); // clocks differ
  last_words_plan brief{"a", {"b"}, {.age = 20s}};
  brief.lost("b", noon);
  CHECK(brief.from(noon) == noon - 10 * one_second);
}

TEST_CASE("last words: what a history has is not announced again, nor what a full one may have dropped") {
  const last_words_plan plan{"a", {}, {.messages = 3, .age = 5min}};
  CHECK(ids_of(plan.missing(stored({1, 2, 3, 4}), told({2, 4}))) == std::vector<int64_t>{1, 3});
  CHECK(ids_of(plan.missing(stored({1, 2, 3, 4, 5}), told({2, 3, 5}))) == std::vector<int64_t>{4});
  CHECK(ids_of(plan.missing(stored({1}), {})) == std::vector<int64_t>{1});
  const last_words_plan small{"a", {}, {.bytes = 2000, .age = 5min}};
  CHECK(ids_of(small.missing(stored({1, 2, 3}), told({2}))) == std::vector<int64_t>{1, 3});
  CHECK(ids_of(small.missing(stored({1, 2, 3, 4}), told({2, 4}))) == std::vector<int64_t>{3});
}

TEST_CASE("last words: a history may hold broadcasts that are no messages of this release") {
  const last_words_plan plan{"a", {}, five_minutes};
  auto foreign = told({1});
  foreign.push_back(caf::make_counted<bennu::broadcast>("room:lobby", "new_message", bennu::payload::binary("x")));
  foreign.push_back(
    caf::make_counted<bennu::broadcast>("room:lobby", "new_message", bennu::payload(bennu::json{{"id", "one"}})));
  CHECK(ids_of(plan.missing(stored({1, 2}), foreign)) == std::vector<int64_t>{2});
}
