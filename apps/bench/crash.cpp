#include <algorithm>
#include <stdexcept>

#include "apps/bench/benchmarks.hpp"
#include "apps/bench/crash_run.hpp"
#include "apps/bench/process_stats.hpp"

namespace bennu::bench {

namespace {

/// Crashes `count` channels while the room goes on talking, then waits for the room's last message.
void crash_under_load(poller& loop, crash_run& crashes, fanout_run& talk, size_t count) {
  crashes.begin(count);
  while (!crashes.done()) {
    talk.publish_due(time_point::max());
    turn_or_fail(loop, "the end of a crash");
  }
  while (!talk.idle())
    turn_or_fail(loop, "the room's last messages");
}

} // namespace

figures crash(const target& server, const options& how) {
  if (server.pid == 0)
    throw std::runtime_error("crash reads the server's memory: give its --pid");
  poller loop;
  crowd room(loop, server, how.clients, [](size_t) { return std::string{"bench:witnesses"}; });
  fanout_run talk(loop, room, how, how.windows.front());
  crash_run crashes(room, talk);

  // A tenth first: what the server keeps in caches and pools is then there already.
  crash_under_load(loop, crashes, talk, std::max<size_t>(1, how.crashes / 10));
  const auto before = settled_resident_bytes(server.pid);
  const auto told_before = talk.deliveries();
  meter measured(server);
  crash_under_load(loop, crashes, talk, how.crashes);
  measured.stop();
  const auto told = static_cast<double>(talk.deliveries() - told_before);
  const auto grown = static_cast<double>(settled_resident_bytes(server.pid)) - static_cast<double>(before);

  const auto name = "crash " + std::to_string(how.crashes);
  const auto p = [&](double share) { return static_cast<double>(crashes.latency().percentile(share)) / 1e3; };
  return {
    {name + ": crashes", static_cast<double>(how.crashes) / measured.seconds(), "1/s"},
    {name + ": crash to phx_error p50", p(0.5), "us"},
    {name + ": crash to phx_error p99", p(0.99), "us"},
    {name + ": messages to the others, none lost", told, ""},
    {name + ": resident memory grown", grown / 1024, "KiB"},
  };
}

} // namespace bennu::bench
