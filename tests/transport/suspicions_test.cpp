#include "transport/longpoll/longpoll.hpp"

#include <doctest/doctest.h>

using namespace bennu::engine;
using std::chrono::hours;
using std::chrono::minutes;

TEST_CASE("suspicions: the first is reported at once, the others with their count when an hour has passed") {
  suspicions x;
  const suspicions::clock::time_point start{};
  CHECK(x.add(start) == 1);
  CHECK(x.add(start) == 0);
  CHECK(x.add(start + minutes{59}) == 0);
  CHECK(x.add(start + hours{1}) == 3);
  CHECK(x.add(start + hours{1}) == 0);
  CHECK(x.add(start + hours{5}) == 2);
}
