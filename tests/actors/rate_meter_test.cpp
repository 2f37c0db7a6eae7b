#include "actors/client/limits.hpp"

#include <doctest/doctest.h>

using namespace bennu;
using namespace bennu::engine;

namespace {

constexpr rate_meter::time_point origin{};

} // namespace

TEST_CASE("rate_meter: without rates everything passes") {
  rate_meter meter;
  for (int i = 0; i < 1'000; ++i)
    CHECK(meter.take_event({}, origin, 1'000'000).empty());
}

TEST_CASE("rate_meter: joins and events are counted separately and recover with time") {
  const rate_limits limits{.joins = rate::per_second(1), .events = rate::per_second(2)};
  rate_meter meter;
  CHECK(meter.take_join(limits, origin, 0).empty());
  CHECK(meter.take_join(limits, origin, 0) == "joins");
  CHECK(meter.take_event(limits, origin, 0).empty());
  CHECK(meter.take_event(limits, origin, 0).empty());
  CHECK(meter.take_event(limits, origin, 0) == "events");
  CHECK(meter.take_event(limits, origin + std::chrono::milliseconds{500}, 0).empty());
  CHECK(meter.take_join(limits, origin + std::chrono::seconds{1}, 0).empty());
}

TEST_CASE("rate_meter: a message that one limit refuses uses nothing of the others") {
  const rate_limits limits{.events = rate::per_second(2), .bytes = rate::per_second(100)};
  rate_meter meter;
  CHECK(meter.take_event(limits, origin, 101) == "bytes");
  CHECK(meter.take_event(limits, origin, 60).empty());
  CHECK(meter.take_event(limits, origin, 60) == "bytes");
  CHECK(meter.take_event(limits, origin, 40).empty());
  CHECK(meter.take_event(limits, origin, 0) == "events");
}
