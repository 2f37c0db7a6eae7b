#pragma once

#include <memory>
#include <string>
#include <vector>

#include <bennu/supervision/telemetry.hpp>
#include <bennu/transport/http.hpp>

namespace prometheus {
class Collectable;
class Registry;
} // namespace prometheus

namespace bennu {
class node;
} // namespace bennu

namespace bennu::engine {

/// The metrics of a program for Prometheus: what telemetry reports (joins, crashes, restarts, limits, slow handlers,
/// pools), the traffic of the node, and the resources of the process.
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
  void count(const telemetry_event& event) const;

  std::shared_ptr<prometheus::Registry> registry_;
  struct counters;
  std::unique_ptr<counters> counters_;
  node& home_;
  std::vector<std::shared_ptr<prometheus::Collectable>> own_;
  telemetry::handler_id subscription_ = 0;
};

/// Answers a scraper with the text of one of the functions above.
http_response metrics_page(std::string text);

} // namespace bennu::engine
