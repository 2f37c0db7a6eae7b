#pragma once

#include <vector>

#include <prometheus/metric_family.h>

namespace bennu {
class node;
} // namespace bennu

namespace bennu::engine {

/// The metrics of a node's links to other nodes, of broadcasts that it missed, and of its copies of their presences.
/// Without a cluster the families have no metrics. Thread safety: any thread.
std::vector<prometheus::MetricFamily> cluster_numbers(const node& home);

} // namespace bennu::engine
