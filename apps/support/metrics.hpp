#pragma once

#include <memory>
#include <string>

#include <bennu/supervision/telemetry.hpp>
#include <bennu/transport/http.hpp>

namespace prometheus {
class Collectable;
class Registry;
} // namespace prometheus

namespace bennu {

class node;

/// The numbers of a program for Prometheus: what telemetry tells (joins, crashes, restarts, limits, slow handlers, pools), what passes
/// through the node, and what the process takes.
///
/// Thread safety: any thread. REQUIRES: made before the node's tree starts, destroyed after it; the node's system outlives it.
class metrics {
public:
  explicit metrics(node& home);
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  /// Everything, in Prometheus' text format.
  std::string text() const;

  /// Everything, and what `own` collects.
  std::string text(prometheus::Collectable& own) const;

private:
  void count(const telemetry_event& event) const;

  std::shared_ptr<prometheus::Registry> registry_;
  struct counters;
  std::unique_ptr<counters> counters_;
  node& home_;
  telemetry::handler_id subscription_ = 0;
};

/// Answers a scraper with what one of the above gave.
http_response metrics_page(std::string text);

} // namespace bennu
