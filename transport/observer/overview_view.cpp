#include <cmath>

#include "actors/node/node_parts.hpp"
#include "transport/observer/event_log.hpp"
#include "transport/observer/inquiry.hpp"
#include "transport/observer/load.hpp"
#include "transport/observer/views.hpp"

namespace bennu::engine {

namespace {

// Two digits after the point: what a person compares.
double rounded(double x) {
  return std::round(x * 100) / 100;
}

int64_t whole(double x) {
  return static_cast<int64_t>(x);
}

nlohmann::json limits_of(const observer_sources& from) {
  auto hits = from.events->limit_hits();
  auto result = nlohmann::json::array();
  for (const auto& x : from.program.limits()) {
    const auto found = hits.find(x.name);
    result.push_back(
      {{"name", x.name}, {"used", x.used}, {"limit", x.limit}, {"hits", found == hits.end() ? 0 : found->second}});
    if (found != hits.end())
      hits.erase(found);
  }
  for (const auto& [name, count] : hits) // of one connection, or one address: what is used is known there alone
    result.push_back({{"name", name}, {"used", nullptr}, {"limit", nullptr}, {"hits", count}});
  return result;
}

} // namespace

void show_overview(inquiry& by) {
  auto& from = by.from();
  const auto [sample, rates] = from.load->now();
  const auto used = from.program.usage();
  auto units = nlohmann::json::array();
  for (size_t i = 0; i < sample.units.size(); ++i)
    units.push_back({{"unit", i}, {"connections", sample.units[i].connections}, {"busy", rounded(rates.busy.at(i))}});
  const auto faults = from.program.faults();
  const auto latency = from.events->latency();
  by.answer({
    {"at_ms", unix_ms()},
    {"uptime_ms", unix_ms() - from.started_ms},
    {"connections", from.node.clients.connections.load(std::memory_order_relaxed)},
    {"joins", from.node.clients.joins.joins()},
    {"topics", sample.topics},
    {"in_per_s", rounded(rates.in)},
    {"out_per_s", rounded(rates.out)},
    {"bytes_in_per_s", rounded(rates.bytes_in)},
    {"bytes_out_per_s", rounded(rates.bytes_out)},
    {"cpu", rounded(rates.cpu)},
    {"resident_bytes", whole(used.resident_bytes)},
    {"threads", whole(used.threads)},
    {"open_files", whole(used.open_files)},
    {"max_files", whole(used.max_files)},
    {"restarts", from.events->restarts()},
    {"crashes", from.events->crashes()},
    {"ends", from.events->ends()},
    {"latency_us", {{"p50", latency.p50_us}, {"p99", latency.p99_us}, {"samples", latency.samples}}},
    {"limits", limits_of(from)},
    {"units", std::move(units)},
    {"draining", from.program.is_draining()},
    {"faults", faults.size()},
  });
}

void show_history(inquiry& by) {
  auto points = nlohmann::json::array();
  for (const auto& x : by.from().load->points())
    points.push_back({x.at_ms, x.connections, x.joins, rounded(x.in_per_s), rounded(x.out_per_s), rounded(x.cpu),
                      whole(x.resident_bytes), x.p99_us});
  by.answer({{"every_ms", 1000}, {"points", std::move(points)}});
}

} // namespace bennu::engine
