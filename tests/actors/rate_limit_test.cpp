#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include <bennu/actors/rate_limit.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

constexpr auto start = rate::clock::time_point{1h};

} // namespace

TEST_CASE("token bucket: it allows a burst, then one per interval") {
  const rate limit{10, 1s, 3};
  token_bucket bucket;
  for (int i = 0; i < 3; ++i)
    CHECK(bucket.take(limit, start));
  CHECK_FALSE(bucket.take(limit, start));
  CHECK_FALSE(bucket.take(limit, start + 99ms));
  CHECK(bucket.take(limit, start + 100ms));
  CHECK_FALSE(bucket.take(limit, start + 199ms));
}

TEST_CASE("token bucket: it never holds more than the burst") {
  const rate limit{10, 1s, 3};
  token_bucket bucket;
  CHECK(bucket.take(limit, start));
  int taken = 0;
  while (bucket.take(limit, start + 24h))
    ++taken;
  CHECK(taken == 3);
}

TEST_CASE("token bucket: the waiting time that it returns is right") {
  const rate limit = rate::per_second(4);
  token_bucket bucket;
  CHECK(bucket.wait(limit, start, 4) == 0s);
  CHECK(bucket.take(limit, start, 4));
  CHECK(bucket.wait(limit, start, 2) == 500ms);
  CHECK_FALSE(bucket.take(limit, start + 500ms - 1ns, 2));
  CHECK(bucket.take(limit, start + 500ms, 2));
  CHECK(bucket.wait(limit, start, 5) == rate::clock::duration::max());
}

TEST_CASE("token bucket: a refused take costs nothing") {
  const rate limit{1, 1s, 1};
  token_bucket bucket;
  CHECK(bucket.take(limit, start));
  for (int i = 0; i < 100; ++i)
    CHECK_FALSE(bucket.take(limit, start + 1ms * i));
  CHECK(bucket.take(limit, start + 1s));
}

TEST_CASE("token bucket: it allows the same as a bucket that counts tokens") {
  const rate limit{1, 7ms, 5};
  token_bucket bucket;
  std::mt19937 random{3};
  auto now = start;
  auto tokens = 5 * 7ms; // the model: tokens, each worth one interval of time
  for (int i = 0; i < 100'000; ++i) {
    const auto passed = 1ms * (random() % 12);
    const int cost = static_cast<int>(random() % 3) + 1;
    now += passed;
    tokens = std::min<std::chrono::milliseconds>(tokens + passed, 35ms);
    const bool expected = tokens >= cost * 7ms;
    REQUIRE(bucket.take(limit, now, cost) == expected);
    if (expected)
      tokens -= cost * 7ms;
  }
}

TEST_CASE("rate: invalid values are refused") {
  CHECK_THROWS_AS(rate(0, 1s, 1), std::invalid_argument);
  CHECK_THROWS_AS(rate(1, 1s, 0), std::invalid_argument);
  CHECK_THROWS_AS(rate(1, 0s, 1), std::invalid_argument);
}
