#include "transport/program/cluster_metrics.hpp"

#include <string>
#include <utility>

#include "actors/node/node_parts.hpp"
#include "actors/presence/replica.hpp"
#include <bennu/actors/node.hpp>

namespace bennu::engine {

namespace {

/// A family with one value for each other node.
class per_node {
public:
  per_node(const char* name, const char* help, prometheus::MetricType type) : family_{name, help, type, {}} {}

  void add(const std::string& node, double value) {
    prometheus::ClientMetric metric;
    metric.label = {{"node", node}};
    metric.counter.value = metric.gauge.value = value;
    family_.metric.push_back(std::move(metric));
  }

  prometheus::MetricFamily take() { return std::move(family_); }

private:
  prometheus::MetricFamily family_;
};

} // namespace

std::vector<prometheus::MetricFamily> cluster_numbers(const node& home) {
  using enum prometheus::MetricType;
  per_node up{"bennu_link_up", "1: there is a session with the node.", Gauge};
  per_node blocks{"bennu_link_queued_blocks", "Blocks that wait for the node.", Gauge};
  per_node bytes{"bennu_link_queued_bytes", "Bytes that wait for the node.", Gauge};
  per_node in_flight{"bennu_link_in_flight_bytes", "Bytes sent to the node and not acknowledged.", Gauge};
  per_node window{"bennu_link_window_bytes", "Bytes that may be sent before one is acknowledged.", Gauge};
  per_node lost{"bennu_link_lost_blocks_total", "Blocks under way to the node when a session ended.", Counter};
  per_node refused{"bennu_link_refused_blocks_total", "Blocks that the link did not take: its queue was full.",
                   Counter};
  const auto& parts = home.parts();
  for (const auto& x : parts.link != nullptr ? parts.link->states() : std::vector<link_state>{}) {
    up.add(x.peer, x.now == link_state::phase::up ? 1 : 0);
    blocks.add(x.peer, static_cast<double>(x.queued_blocks));
    bytes.add(x.peer, static_cast<double>(x.queued_bytes));
    in_flight.add(x.peer, static_cast<double>(x.in_flight_bytes));
    window.add(x.peer, static_cast<double>(x.window_bytes));
    lost.add(x.peer, static_cast<double>(x.lost_blocks));
    refused.add(x.peer, static_cast<double>(x.refused_blocks));
  }
  per_node missed{"bennu_missed_broadcasts_total", "Broadcasts of the node's present life that did not come here.",
                  Counter};
  for (const auto& [name, x] : parts.counts.from_nodes())
    missed.add(name, static_cast<double>(x.missed()));
  per_node behind{"bennu_presence_mirror_behind", "Changes of the node's presences that are not here yet.", Gauge};
  per_node entries{"bennu_presence_mirror_entries", "Presences of the node that are known here.", Gauge};
  for (const auto& x : home.presences().mirrors()) {
    behind.add(x.node, static_cast<double>(x.behind));
    entries.add(x.node, static_cast<double>(x.entries));
  }
  std::vector<prometheus::MetricFamily> result;
  for (auto* x : {&up, &blocks, &bytes, &in_flight, &window, &lost, &refused, &missed, &behind, &entries})
    result.push_back(x->take());
  return result;
}

} // namespace bennu::engine
