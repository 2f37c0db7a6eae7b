#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include "counter_channel.hpp"

BENNU_REPORT_TO_CATCH2

TEST_CASE("a counter adds") {
  a_counter_adds();
}

TEST_CASE("a wrong expectation is a failure of this test", "[!shouldfail]") {
  a_counter_adds_wrongly();
}
