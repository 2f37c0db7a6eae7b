#include <doctest/doctest.h>

#include <string>

#include "apps/chat/fair_queue.hpp"

using chat::fair_queue;

TEST_CASE("fair queue: owners are served in turn, each in its own order") {
  fair_queue<int> queue{10};
  for (int i = 1; i <= 4; ++i)
    queue.push("ann", i);
  queue.push("bob", 10);
  queue.push("cat", 20);
  queue.push("bob", 11);
  std::string order;
  while (const auto x = queue.pop())
    order += std::to_string(*x) + " ";
  CHECK(order == "1 10 20 2 11 3 4 ");
  CHECK(queue.size() == 0);
}

TEST_CASE("fair queue: when it is full the owner of most loses what he added last") {
  fair_queue<int> queue{3};
  for (int i = 1; i <= 3; ++i)
    CHECK_FALSE(queue.push("ann", i));
  CHECK(queue.push("ann", 4) == 4);
  CHECK(queue.push("bob", 10) == 3);
  CHECK(queue.push("bob", 11) == 11); // it would have as much as ann
  CHECK(queue.push("cat", 20) == 2);
  CHECK(queue.push("dan", 30) == 30); // nobody has more than one
  CHECK(queue.size() == 3);
  CHECK(queue.pop() == 1);
  CHECK(queue.pop() == 10);
  CHECK(queue.pop() == 20);
  CHECK_FALSE(queue.pop());
}

TEST_CASE("fair queue: one without places takes nothing") {
  fair_queue<int> queue{0};
  CHECK(queue.push("ann", 1) == 1);
  CHECK_FALSE(queue.pop());
}
