#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bennu {

/// When the two sides of a connection between nodes speak, and when one gives up the other.
struct link_timing {
  /// A side that has nothing to say says so: four of these fit into the timeout.
  std::chrono::milliseconds beat{500};

  /// Silence after which the peer counts as gone. Long enough for a stopped virtual machine or a full second of CPU theft, short
  /// enough that nobody waits for a dead node.
  std::chrono::milliseconds timeout{2000};

  /// How often a hello is said until it is answered.
  std::chrono::milliseconds hello{250};
};

/// How a node keeps its connections to the others.
struct link_options {
  link_timing timing{};

  /// The largest number of bytes that may wait for one peer; what comes on top is refused and counted (`cluster.lost`).
  /// 32 MiB: two of the largest blocks, or about three seconds of 100,000 broadcasts of 100 bytes.
  size_t max_queued_bytes = size_t{32} << 20;

  /// Messages that wait for the hub; with more of them peers get no acknowledgement, so that their queues fill instead of ours. A
  /// hub takes about a microsecond for each.
  uint32_t max_hub_depth = 50'000;
};

} // namespace bennu
