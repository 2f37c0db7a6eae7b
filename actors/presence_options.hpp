#pragma once

#include <chrono>
#include <cstddef>

namespace bennu {

/// How much history an origin keeps for peers that lag. A peer that lags more gets a snapshot.
struct origin_log_limits {
  /// 10 000: a few seconds of a busy node.
  size_t max_ops = 10'000;
  /// 1 MiB: the ring, not the network, bounds the memory in an eternal partition.
  size_t max_bytes = size_t{1} << 20;
};

/// The longest topic under which an actor is tracked. 64 KiB: no topic that a person or program made comes near.
inline constexpr std::size_t max_presence_topic_bytes = std::size_t{64} << 10;

/// The longest key. 1 KiB: an id, a name, an address; it is repeated in every state and diff.
inline constexpr std::size_t max_presence_key_bytes = std::size_t{1} << 10;

/// The largest meta, as text. 1 MiB: what a client may put there is sent to every member of its topic on every node.
inline constexpr std::size_t max_presence_meta_bytes = std::size_t{1} << 20;

/// How presence behaves; the same on every node of a cluster.
struct presence_options {
  /// How long changes are collected before clients and other nodes are told of them. A presence that joins and leaves within it is told
  /// twice, since a client that asked for the list in between has seen it; only a leave and the very same presence again (a link that was
  /// lost for a moment) cancel.
  /// 20 ms: nobody sees the delay, and a thousand people who come at once are a few messages instead of a million.
  std::chrono::milliseconds window{20};

  /// How long the presences of a node that is lost stay visible: a cable that is plugged in again within it disturbs nobody. 0: they
  /// leave at once. 5 s: as long as a client of that node needs to come back to another.
  std::chrono::milliseconds grace{5'000};

  /// How long what a lost node had is kept in memory, hidden, so that its return needs only what changed.
  std::chrono::milliseconds forget{std::chrono::minutes{1}};

  /// How often each node says what it has. 1 s: a lost message is noticed and mended within it.
  std::chrono::milliseconds heartbeat{1'000};

  /// A snapshot travels in pieces of about so many bytes, so that other traffic gets its turn between them.
  size_t max_part_bytes = size_t{256} << 10;

  origin_log_limits log;
};

} // namespace bennu
