#pragma once

#include <memory>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include <bennu/supervision/telemetry.hpp>
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The resources that this process uses, as Linux reports them (proc(5), getrusage(2)). Values that cannot be read
/// are 0.
struct process_numbers {
  double resident_bytes = 0;
  double cpu_seconds = 0; ///< user and system time
  double open_files = 0;  ///< before Linux 6.2 up to a second old
  double max_files = 0;
  double threads = 0;
};

process_numbers read_process_numbers();

} // namespace bennu::engine

namespace bennu {
class node;
} // namespace bennu

namespace bennu::engine {

/// The metrics of a node's links to other nodes, of broadcasts that it missed, and of its copies of their presences.
/// Without a cluster the families have no metrics. Thread safety: any thread.
std::vector<prometheus::MetricFamily> cluster_numbers(const node& home);

} // namespace bennu::engine

namespace prometheus {
class Collectable;
class Registry;
} // namespace prometheus

namespace bennu {
class node;
} // namespace bennu

namespace bennu::engine {

/// The metrics of a program for Prometheus: what telemetry reports (joins, handled events, broadcasts, ends, crashes,
/// restarts, limits, slow handlers, pools), the traffic of the node, and the resources of the process.
///
/// No label grows without bound: what is too much is counted as `other` (see `series.hpp`), and the series of a node
/// end when it is forgotten.
///
/// Thread safety: any thread. REQUIRES: it is created before the node's tree starts and destroyed after it; the actor
/// system outlives it.
class metrics {
public:
  explicit metrics(node& home);
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  /// Adds metrics of the program's own. Before the tree starts.
  void collect(std::shared_ptr<prometheus::Collectable> own);

  /// All metrics in the text format of Prometheus.
  std::string text() const;

private:
  struct counters;
  static void count(counters& to, const telemetry_event& event);
  static bool count_frequent(counters& to, const telemetry_event& event);

  std::shared_ptr<prometheus::Registry> registry_;
  std::shared_ptr<counters> counters_;
  node& home_;
  std::vector<std::shared_ptr<prometheus::Collectable>> own_;
  telemetry::handler_id subscription_ = 0;
};

/// Answers a scraper with the text of one of the functions above.
http_response metrics_page(std::string text);

} // namespace bennu::engine
