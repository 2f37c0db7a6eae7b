#include "apps/bench/benchmarks.hpp"
#include "apps/bench/besiegers.hpp"
#include "apps/bench/crowd.hpp"
#include "apps/bench/echo_run.hpp"
#include "apps/bench/process_stats.hpp"

namespace bennu::bench {

namespace {

// The latency of healthy clients' pings, one under way for each.
histogram measure(poller& loop, crowd& healthy, const options& how) {
  echo_run run(loop, healthy, how, 1);
  run.run_until(std::chrono::steady_clock::now() + how.duration / 4);
  run.forget_latency();
  run.run_until(std::chrono::steady_clock::now() + how.duration);
  return run.latency();
}

double microseconds(const histogram& x, double share) {
  return static_cast<double>(x.percentile(share)) / 1e3;
}

} // namespace

figures siege(const target& server, const options& how) {
  poller loop;
  crowd healthy(loop, server, how.clients, [](size_t i) { return "bench:healthy-" + std::to_string(i); });
  const auto before = measure(loop, healthy, how);
  const auto memory_before = server.pid != 0 ? settled_resident_bytes(server.pid) : 0;

  besiegers enemies(server.port, how.besiegers);
  enemies.await_all();
  const auto during = measure(loop, healthy, how);
  const auto memory_during = server.pid != 0 ? resident_bytes(server.pid) : 0;

  const auto name = "siege " + std::to_string(how.besiegers);
  figures result = {
    {name + ": healthy clients' p50 before", microseconds(before, 0.5), "us"},
    {name + ": healthy clients' p99 before", microseconds(before, 0.99), "us"},
    {name + ": healthy clients' p50 during", microseconds(during, 0.5), "us"},
    {name + ": healthy clients' p99 during", microseconds(during, 0.99), "us"},
    {name + ": p99 during / before", microseconds(during, 0.99) / microseconds(before, 0.99), "times"},
  };
  if (server.pid != 0) {
    const auto more = static_cast<double>(memory_during) - static_cast<double>(memory_before);
    result.push_back({name + ": more resident memory", more / (1 << 20), "MiB"});
  }
  for (const auto kind : all_malice)
    result.push_back(
      {name + ": " + name_of(kind) + " ones closed", static_cast<double>(enemies.closed(kind)), "clients"});
  return result;
}

} // namespace bennu::bench
