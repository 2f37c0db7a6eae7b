#include "apps/bench/siege/besiegers.hpp"

#include <memory>
#include <stdexcept>

#include <doctest/doctest.h>

using namespace bennu::bench;

namespace {

std::unique_ptr<attacker> fail_to_make(poller&, const battlefield&, size_t, attack_count&) {
  throw std::runtime_error("no more ports");
}

std::unique_ptr<attacker> throw_something(poller&, const battlefield&, size_t, attack_count&) {
  throw 42; // NOLINT(hicpp-exception-baseclass): what a library may do
}

} // namespace

TEST_CASE("besiegers: begin and pause come to an end, however soon one follows the other") {
  const battlefield field;
  besiegers none{field, {}, 1, 0};
  for (int i = 0; i < 20; ++i) {
    none.begin();
    none.pause();
  }
}

TEST_CASE("besiegers: an exception of a hostile client ends the run with an error, now and later") {
  const battlefield field;
  for (const auto make : {fail_to_make, throw_something}) {
    const attack bad{"bad", "", attack::place::anywhere, make};
    besiegers all{field, {&bad}, 1, 0};
    for (int i = 0; i < 2; ++i) {
      all.begin();
      CHECK_THROWS_WITH(all.pause(), doctest::Contains("the hostile clients have failed: "));
    }
  }
}
