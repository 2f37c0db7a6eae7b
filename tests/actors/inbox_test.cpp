#include "actors/client/inbox.hpp"

#include <doctest/doctest.h>

using bennu::engine::inbox;

TEST_CASE("inbox: it is a first-in, first-out queue without memory while it is empty") {
  inbox<int> x;
  for (int i = 0; i < 100; ++i)
    x.put(i);
  for (int i = 0; i < 100; ++i)
    REQUIRE(x.take() == i);
  CHECK(x.empty());
  CHECK(x.capacity() == 0);
}

TEST_CASE("inbox: a queue that is never empty does not grow") {
  inbox<int> x;
  for (int i = 0; i < 10; ++i)
    x.put(i);
  for (int i = 0; i < 100'000; ++i) {
    x.put(i + 10);
    REQUIRE(x.take() == i);
  }
  CHECK(x.size() == 10);
  CHECK(x.capacity() < 100);
}

TEST_CASE("inbox: an item that is moved to the front is the next one; the others keep their order") {
  inbox<int> x;
  for (int i = 0; i < 5; ++i)
    x.put(i);
  CHECK(x.take() == 0);
  CHECK(x.bring_forward([](int i) { return i == 3; }));
  CHECK_FALSE(x.bring_forward([](int i) { return i == 7; }));
  for (int i : {3, 1, 2, 4})
    CHECK(x.take() == i);
}
