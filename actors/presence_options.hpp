#pragma once

#include <chrono>
#include <cstddef>

namespace bennu {

/// How many of its latest changes a node keeps for other nodes that lag behind. A node that lags further behind gets
/// a snapshot.
struct origin_log_limits {
  /// 10,000: a few seconds of a busy node.
  size_t max_ops = 10'000;
  /// 1 MiB: bounds the memory even when nodes stay separated for ever.
  size_t max_bytes = size_t{1} << 20;
};

/// The longest topic for which an actor can be tracked.
/// 64 KiB: far longer than any useful topic.
inline constexpr size_t max_presence_topic_bytes = size_t{64} << 10;

/// The longest key.
/// 1 KiB: enough for an id, a name or an address. The key is repeated in every state and diff.
inline constexpr size_t max_presence_key_bytes = size_t{1} << 10;

/// The largest meta, as JSON text.
/// 1 MiB: a client's meta is sent to every member of its topic on every node.
inline constexpr size_t max_presence_meta_bytes = size_t{1} << 20;

/// What the presences that this node tracks may hold. Beyond it `presence::track` returns nothing, and so does an
/// update that makes a meta larger.
struct presence_limits {
  /// How many there may be.
  /// 1,000,000: two for each of 500,000 joins. One with a meta of 50 bytes costs about 2.3 KB.
  size_t max_presences = 1'000'000;

  /// How many bytes their topics, keys and metas may have together.
  /// 256 MiB: 256 bytes for each of a million.
  size_t max_bytes = size_t{256} << 20;
};

/// The options of presence. REQUIRES: they are the same on every node of a cluster.
struct presence_options {
  /// How long changes are collected before clients and other nodes receive them. A presence that joins and leaves
  /// within the window is sent as two diffs, because a client may have seen it in a list. Only a leave that is
  /// followed by the same presence again (a link that was lost for a moment) cancels out.
  /// 20 ms: people do not notice the delay, and a thousand joins at once make a few messages instead of a million.
  std::chrono::milliseconds window{20};

  /// How many messages to clients of this node a topic may cause in one window besides the window's own. Within this
  /// budget a change that a channel makes to its own presence is sent to the others of its topic immediately, as in
  /// Phoenix; beyond it they receive it when the window is over. 0: never immediately.
  /// 256: sixteen changes in a room of sixteen are sent one by one, the changes in a crowd by the window.
  size_t told_at_once = 256;

  /// How long the presences of a lost node stay visible, so that a short loss of the network changes nothing. 0: they
  /// leave immediately.
  /// 5 s: the clients of a lost node need about as long to reconnect to another one.
  std::chrono::milliseconds grace{5'000};

  /// How long the presences of a lost node stay in memory, hidden, so that only changes are sent when it returns.
  /// 1 min: longer than a restart.
  std::chrono::milliseconds forget{std::chrono::minutes{1}};

  /// How often each node sends a digest of its presences.
  /// 1 s: a lost message is noticed and repaired within that time.
  std::chrono::milliseconds heartbeat{1'000};

  /// The approximate size of the parts of a snapshot.
  /// 256 KiB: other messages can pass between the parts.
  size_t max_part_bytes = size_t{256} << 10;

  origin_log_limits log{}; ///< how many changes are kept for nodes that lag behind

  presence_limits limits{}; ///< how much the presences that this node tracks may hold
};

} // namespace bennu
