#include <algorithm>

#include "apps/bench/benchmarks.hpp"
#include "apps/bench/crowd.hpp"
#include "apps/bench/repair_run.hpp"

namespace bennu::bench {

figures repair(const target& server, const options& how) {
  poller loop;
  crowd everybody(loop, server, how.clients, [](size_t i) { return "repaired:" + std::to_string(i); });
  repair_run run(loop, everybody, how);
  run.run(std::max<size_t>(1, how.crashes / 10));
  run.forget();
  const auto pings_before = run.pings();
  meter measured(server);
  run.run(how.crashes);
  measured.stop();

  const auto name = "repair " + std::to_string(how.crashes) + " among " + std::to_string(how.clients);
  const auto p = [](const histogram& x, double share) { return static_cast<double>(x.percentile(share)) / 1e3; };
  return {
    {name + ": throw to the next handled event p50", p(run.repairs(), 0.5), "us"},
    {name + ": throw to the next handled event p99", p(run.repairs(), 0.99), "us"},
    {name + ": pings answered meanwhile, none lost", static_cast<double>(run.pings() - pings_before), ""},
    {name + ": pings", static_cast<double>(run.pings() - pings_before) / measured.seconds(), "1/s"},
    {name + ": round trip of a ping p50", p(run.round_trips(), 0.5), "us"},
    {name + ": round trip of a ping p99", p(run.round_trips(), 0.99), "us"},
  };
}

} // namespace bennu::bench
