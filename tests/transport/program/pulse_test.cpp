#include "transport/program/service_manager.hpp"

#include <deque>
#include <functional>
#include <vector>

#include <doctest/doctest.h>

using bennu::engine::pulse;

TEST_CASE("pulse: it beats while every thread answers, and again when the one that was stuck has answered") {
  std::vector<std::deque<std::function<void()>>> threads(3);
  std::vector<pulse::ask> asks;
  for (auto& one : threads)
    asks.emplace_back([&one](std::function<void()> answer) { one.push_back(std::move(answer)); });
  const auto run = [&](size_t i) {
    for (; !threads[i].empty(); threads[i].pop_front())
      threads[i].front()();
  };
  pulse all{asks};
  CHECK(all.answers()); // nothing was asked before
  run(0);
  run(1);
  CHECK_FALSE(all.answers());
  run(0);
  CHECK_FALSE(all.answers());
  CHECK(threads[2].size() == 1); // a thread that is stuck is not asked again
  run(2);
  CHECK(all.answers());
}
