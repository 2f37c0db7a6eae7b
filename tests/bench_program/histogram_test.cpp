#include <doctest/doctest.h>

#include "apps/bench/meter.hpp"

using bennu::bench::histogram;

TEST_CASE("bench histogram: percentiles are right within 3 %") {
  for (const uint64_t scale : {1, 1'000, 1'000'000}) {
    histogram x;
    for (uint64_t i = 1; i <= 1000; ++i)
      x.add(i * scale);
    for (const double share : {0.5, 0.9, 0.99}) {
      const auto exact = share * 1000 * static_cast<double>(scale);
      CHECK(static_cast<double>(x.percentile(share)) == doctest::Approx(exact).epsilon(0.035));
    }
  }
}

TEST_CASE("bench histogram: percentiles of an empty histogram are 0, and the greatest value can be counted") {
  histogram x;
  CHECK(x.percentile(0.5) == 0);
  x.add(UINT64_MAX);
  CHECK(x.percentile(0.5) == UINT64_MAX);
}
