#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bennu {

/// When a node sends heartbeats to another one, and when it considers the other one lost.
struct link_timing {
  /// A side that has sent nothing for this long sends a heartbeat. 500 ms: four of them fit into the timeout.
  std::chrono::milliseconds beat{500};

  /// A peer that has been silent for this long counts as lost. 2 s: longer than a paused virtual machine or a full
  /// second without CPU, short enough that little waits for a dead node.
  std::chrono::milliseconds timeout{2000};

  /// How often a hello is repeated until it is answered.
  std::chrono::milliseconds hello{250};
};

/// How a node keeps its connections to the others.
struct link_options {
  link_timing timing{}; ///< heartbeats, and when a peer counts as lost

  /// How many bytes may wait for one peer. More are refused and counted (`cluster.lost`).
  /// 32 MiB: two of the largest blocks, or about three seconds of 100,000 broadcasts of 100 bytes per second.
  size_t max_queued_bytes = size_t{32} << 20;

  /// How many messages may wait for the hub. With more of them peers get no acknowledgements, so that their queues
  /// fill instead of this one.
  /// 50,000: a hub handles one in about a microsecond.
  uint32_t max_hub_depth = 50'000;
};

} // namespace bennu
