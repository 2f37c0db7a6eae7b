#include "tests/kit/cluster/fault_script.hpp"

#include <algorithm>
#include <stdexcept>

#include <doctest/doctest.h>

using namespace bennu::engine;

namespace {

std::set<size_t> up_to(size_t n) {
  std::set<size_t> result;
  for (size_t i = 1; i <= n; ++i)
    result.insert(i);
  return result;
}

} // namespace

TEST_CASE("fault_script: a run with some faults only counts the others without doing them") {
  fault_script script{std::set<size_t>{2}};
  CHECK_FALSE(script.next("cut a b"));
  CHECK(script.next("crash a"));
  CHECK_FALSE(script.next("pause a"));
  CHECK(script.numbers() == std::set<size_t>{2});
  CHECK(script.lines() == std::vector<std::string>{"2: crash a"});
}

TEST_CASE("minimised: leaves exactly the faults that a failure needs") {
  size_t runs = 0;
  const auto needs = [&](const std::set<size_t>& wanted) {
    return [&runs, wanted](const std::set<size_t>& x) {
      ++runs;
      return std::includes(x.begin(), x.end(), wanted.begin(), wanted.end());
    };
  };
  for (const auto& wanted : {std::set<size_t>{}, {1}, {60}, {17, 18}, {1, 30, 60}, {7, 8, 9, 50, 51}}) {
    runs = 0;
    CHECK(minimised(up_to(60), needs(wanted), 1'000) == wanted);
    CHECK(runs < 150);
  }
}

TEST_CASE("minimised: stops after the given number of runs, with faults that still fail") {
  const auto needs_all = [](const std::set<size_t>& x) { return x.size() == 40; };
  CHECK(minimised(up_to(40), needs_all, 10) == up_to(40));
}

TEST_CASE("fault_script: numbers are read as they are written") {
  CHECK(parse_numbers(to_text({3, 7, 19})) == std::set<size_t>{3, 7, 19});
  CHECK(parse_numbers("").empty());
  CHECK_THROWS_AS(parse_numbers("3,x"), std::invalid_argument);
  CHECK_THROWS_AS(parse_numbers("3x"), std::invalid_argument);
}
