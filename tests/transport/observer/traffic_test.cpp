#include "transport/observer/traffic.hpp"

#include <doctest/doctest.h>

using namespace bennu::engine;

namespace {

counter_rates::time_point at(int64_t ms) {
  return counter_rates::time_point{std::chrono::milliseconds{ms}};
}

} // namespace

TEST_CASE("rates: a counter has one from the second look on, over about a second, whoever looks in between") {
  counter_rates rates{10};
  CHECK_FALSE(rates.look("a", 10, at(0)));
  CHECK_FALSE(rates.look("a", 15, at(500))); // too short to say much
  CHECK(rates.look("a", 30, at(1'000)) == 20);
  CHECK(rates.look("a", 31, at(1'100)).value() == doctest::Approx(21 / 1.1));
  CHECK(rates.look("a", 30 + 50, at(2'000)) == 50);
}

TEST_CASE("rates: a counter that begins again, or that nobody looked at for long, has none at first") {
  counter_rates rates{10};
  rates.look("a", 1'000, at(0));
  CHECK_FALSE(rates.look("a", 5, at(2'000)));
  CHECK(rates.look("a", 7, at(4'000)) == 1);
  CHECK_FALSE(rates.look("a", 9, at(4'000 + 60'001)));
}

TEST_CASE("rates: of more counters than it remembers, it forgets the one that was looked at longest ago") {
  counter_rates rates{2};
  rates.look("a", 0, at(0));
  rates.look("b", 0, at(0));
  rates.look("a", 0, at(0));
  rates.look("c", 0, at(0));
  CHECK(rates.look("a", 1, at(1'000)) == 1);
  CHECK_FALSE(rates.look("b", 1, at(1'000)));
}
