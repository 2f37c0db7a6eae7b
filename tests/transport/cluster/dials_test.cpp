#include <doctest/doctest.h>

#include <algorithm>

#include "transport/cluster/dials.hpp"

using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

struct dialler {
  cluster_dials::time_point now{1h};
  cluster_dials dials;

  explicit dialler(std::vector<std::string> seeds) : dials(std::move(seeds), {}, 1, now) {}

  /// Dials every address that is due, with this outcome. @returns the addresses.
  std::vector<std::string> dial(dial_outcome outcome) {
    std::vector<std::string> result;
    for (const auto& order : dials.due(now)) {
      result.push_back(order.address);
      outcome.endpoint = order.address;
      dials.report({order.address, {outcome}}, now);
    }
    return result;
  }

  /// The number of dials within `time` when no address answers.
  size_t dials_in(std::chrono::milliseconds time) {
    size_t result = 0;
    for (const auto end = now + time; now < end; now += 50ms)
      result += dial({.endpoint = {}, .what = dial_outcome::kind::failed}).size();
    return result;
  }
};

} // namespace

TEST_CASE("dials: an address that is known only from other nodes is given up after a minute without an answer") {
  dialler x{{}};
  for (int i = 0; i < 20; ++i)
    x.dials.learn("pod" + std::to_string(i), "10.0.0." + std::to_string(i) + ":4444", x.now);
  CHECK(x.dials_in(60s) > 0);
  x.dials_in(6s);
  CHECK(x.dials_in(1h) == 0);
  CHECK(x.dials.size() == 0);
}

TEST_CASE("dials: a forgotten node is not dialled any more, but a seed is dialled for ever") {
  dialler x{{"10.0.0.1:4444"}};
  CHECK(x.dial({.endpoint = {}, .what = dial_outcome::kind::connected, .name = "a"}).size() == 1);
  x.dials.linked("a");
  x.dials.learn("b", "10.0.0.2:4444", x.now);
  x.dials.linked("b");
  CHECK(x.dials_in(1min) == 0);
  x.dials.unlinked("a", x.now);
  x.dials.unlinked("b", x.now);
  x.dials.forget("a");
  x.dials.forget("b");
  CHECK(x.dials.size() == 1);
  CHECK(x.dials_in(1h) > 100);
}

TEST_CASE("dials: a host name does not wait for a node behind it that was forgotten") {
  dialler x{{"nodes.example:4444"}};
  auto first = x.dials.due(x.now);
  REQUIRE(first.size() == 1);
  using kind = dial_outcome::kind;
  x.dials.report(
    {"nodes.example:4444", {{"10.0.0.1:4444", kind::connected, "a"}, {"10.0.0.2:4444", kind::connected, "b"}}}, x.now);
  x.dials.linked("a");
  x.dials.linked("b");
  x.now += 10s;
  CHECK(x.dials.due(x.now).empty());
  x.dials.unlinked("b", x.now);
  x.dials.forget("b");
  x.now += 10s;
  CHECK(x.dials.due(x.now).empty());
}
