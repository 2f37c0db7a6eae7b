#pragma once

#include <vector>

#include <prometheus/metric_family.h>

namespace bennu {

class node;

/// The numbers of a node's links to other nodes, of what it missed of them, and of its mirrors of their presences; without a cluster
/// families without metrics. Any thread.
std::vector<prometheus::MetricFamily> cluster_numbers(const node& home);

} // namespace bennu
