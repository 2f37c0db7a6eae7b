#include <stdexcept>

#include "apps/bench/benchmarks.hpp"
#include "apps/bench/besiegers.hpp"
#include "apps/bench/crowd.hpp"
#include "apps/bench/process_stats.hpp"
#include "apps/bench/server_limits.hpp"
#include "apps/bench/steady_pings.hpp"

namespace bennu::bench {

namespace {

using clock = std::chrono::steady_clock;

// Until every besieger has met a limit: the longest of them, a minute of silence, and some to spare.
constexpr std::chrono::seconds longest_siege{90};

// Pings go on until `enough`, which is asked after every turn; then what is owed is waited for.
template <class Enough>
void run_until(poller& loop, steady_pings& pings, Enough enough) {
  auto heard = clock::now();
  pings.begin(heard);
  for (bool over = false; !over || !pings.all_answered(); over = over || enough()) {
    const auto now = clock::now();
    if (!over)
      pings.ping_due(now);
    if (loop.turn(std::chrono::milliseconds{1}) > 0)
      heard = now;
    else if (now - heard > std::chrono::seconds{10})
      throw std::runtime_error("siege: nothing came for ten seconds");
  }
}

auto after(std::chrono::milliseconds time) {
  return [end = clock::now() + time] { return clock::now() >= end; };
}

bool each_was_closed(const besiegers& enemies, size_t of_each) {
  for (const auto kind : all_malice)
    if (enemies.closed(kind) < of_each)
      return false;
  return true;
}

double microseconds(const histogram& x, double share) {
  return static_cast<double>(x.percentile(share)) / 1e3;
}

} // namespace

figures siege(const target& server, const options& how) {
  poller loop;
  crowd healthy(loop, server, how.clients, [](size_t i) { return "bench:healthy-" + std::to_string(i); });
  steady_pings pings(healthy, how.siege_rate, how.payload_bytes);
  healthy.tell(pings);
  run_until(loop, pings, after(how.duration / 4));
  pings.forget();
  run_until(loop, pings, after(how.duration));
  const auto before = pings.round_trips();
  const auto memory_before = server.pid != 0 ? settled_resident_bytes(server.pid) : 0;
  auto limits = server_limits(server.port);

  pings.forget();
  const auto begin = clock::now();
  size_t most_memory = 0;
  auto next_look = begin;
  besiegers enemies(server.port, how.besiegers);
  run_until(loop, pings, [&] {
    const auto now = clock::now();
    if (server.pid != 0 && now >= next_look) {
      most_memory = std::max(most_memory, resident_bytes(server.pid));
      next_look = now + std::chrono::seconds{1};
    }
    return now - begin >= how.duration && (each_was_closed(enemies, how.besiegers) || now - begin >= longest_siege);
  });
  const auto& during = pings.round_trips();
  const std::chrono::duration<double> took = clock::now() - begin;

  const auto name = "siege " + std::to_string(how.besiegers);
  figures result = {
    {name + ": healthy clients' p50 before", microseconds(before, 0.5), "us"},
    {name + ": healthy clients' p99 before", microseconds(before, 0.99), "us"},
    {name + ": healthy clients' p50 during", microseconds(during, 0.5), "us"},
    {name + ": healthy clients' p99 during", microseconds(during, 0.99), "us"},
    {name + ": p99 during / before", microseconds(during, 0.99) / microseconds(before, 0.99), "times"},
    {name + ": time until each was closed", took.count(), "s"},
  };
  if (server.pid != 0)
    result.push_back({name + ": more resident memory at most",
                      (static_cast<double>(most_memory) - static_cast<double>(memory_before)) / (1 << 20), "MiB"});
  for (const auto kind : all_malice)
    result.push_back(
      {name + ": " + name_of(kind) + " ones closed", static_cast<double>(enemies.closed(kind)), "clients"});
  for (const auto& [limit, count] : server_limits(server.port))
    result.push_back({name + ": the server counts limit \"" + limit + "\"", count - limits[limit], "times"});
  return result;
}

} // namespace bennu::bench
