#include "actors/client/shares.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "actors/client/join_budget.hpp"

using namespace bennu;
using namespace bennu::engine;

namespace {

constexpr size_t any_number = 0;

std::string_view refused(const std::variant<join_place, std::string_view>& x) {
  const auto* limit = std::get_if<std::string_view>(&x);
  return limit == nullptr ? std::string_view{} : *limit;
}

} // namespace

TEST_CASE("shares: a key gets as many places as the limit says, and other keys get theirs") {
  share_table table;
  const auto first = table.take("ann", 2);
  auto second = table.take("ann", 2);
  CHECK(first);
  CHECK(second);
  CHECK_FALSE(table.take("ann", 2));
  CHECK(table.take("bob", 2));
  second.reset();
  CHECK(table.take("ann", 2));
}

TEST_CASE("shares: an empty key and a limit of 0 bound nothing, and take no memory") {
  share_table table;
  std::vector<share_place> places;
  for (int i = 0; i < 3; ++i) {
    places.push_back(*table.take("", 1));
    places.push_back(*table.take("ann", any_number));
  }
  CHECK(table.keys() == 0);
  CHECK(places.front().of_key() == nullptr);
}

TEST_CASE("shares: a place that moves is given back once") {
  share_table table;
  auto place = *table.take("ann", 1);
  auto other = std::move(place);
  place = std::move(other);
  CHECK(table.places_of("ann") == 1);
  place.release();
  place.release();
  CHECK(table.places_of("ann") == 0);
}

TEST_CASE("shares: whatever is taken and given back, each key holds what its places say, and no key is kept for "
          "nothing") {
  rc::check([](const std::vector<std::pair<uint8_t, bool>>& steps) {
    constexpr size_t most = 3;
    share_table table;
    std::multimap<std::string, share_place> held;
    for (const auto& [number, takes] : steps) {
      const auto key = std::to_string(number % 5);
      if (takes) {
        auto place = table.take(key, most);
        RC_ASSERT(place.has_value() == (held.count(key) < most));
        if (place)
          held.emplace(key, std::move(*place));
      } else if (const auto one = held.find(key); one != held.end()) {
        held.erase(one);
      }
      RC_ASSERT(table.places_of(key) == held.count(key));
    }
    std::set<std::string> keys;
    for (const auto& [key, place] : held)
      keys.insert(key);
    RC_ASSERT(table.keys() == keys.size());
  });
}

TEST_CASE("join_budget: the joins of all clients, their bytes and those of one user have bounds, and a refused join "
          "takes nothing") {
  join_budget budget{{.max_joins = 3, .max_bytes = 100}};
  std::vector<std::variant<join_place, std::string_view>> joins;
  const auto join = [&](std::string_view user, size_t bytes) {
    joins.push_back(budget.take(user, 2, bytes));
    return refused(joins.back());
  };
  CHECK(join("ann", 10) == "");
  CHECK(join("ann", 10) == "");
  CHECK(join("ann", 10) == "joins_per_id");
  CHECK(join("", 81) == "all_join_bytes");
  CHECK(join("bob", 80) == "");
  CHECK(join("cat", 0) == "all_joins");
  CHECK(budget.joins() == 3);
  CHECK(budget.bytes() == 100);
  joins.clear();
  CHECK(budget.joins() == 0);
  CHECK(budget.bytes() == 0);
}
