#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "counter_channel.hpp"

BENNU_REPORT_TO_DOCTEST

TEST_CASE("a counter adds") {
  a_counter_adds();
}

TEST_CASE("a wrong expectation is a failure of this test" * doctest::should_fail()) {
  a_counter_adds_wrongly();
}
