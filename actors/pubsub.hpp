#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor.hpp>

#include <bennu/actors/broadcast.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {
class broadcaster;
} // namespace bennu::engine

namespace bennu {

/// How far a broadcast goes.
enum class reach : uint8_t {
  cluster, ///< to the subscribers on all nodes
  node,    ///< to the subscribers on this node only
};

/// The topic on which each node tells its own subscribers of other nodes: the events `nodeup` and `nodedown` with the
/// payload `{"node": name}`.
inline constexpr std::string_view nodes_topic = "bennu:nodes";

/// What a node keeps of the broadcasts of a topic.
struct history_page {
  std::vector<broadcast_ptr> messages; ///< in the order in which this node delivered them
  std::string position;                ///< after all of them; empty when the topic has no history
  bool recovered = false;              ///< whether `messages` is all that followed the position that was asked for
};

/// Broadcasts to the subscribers of a topic.
///
/// Each subscriber receives a broadcast at most once, and the broadcasts of one publisher in order. A broadcast is
/// one message to each io unit, which passes one encoded frame to all sessions of the topic, and one message to each
/// other node. A node that is not connected, or too slow, loses it; that node counts its losses (`broadcast_counts`).
///
/// Thread safety: any thread and any actor may call it.
/// Source: Phoenix.PubSub.
class pubsub {
public:
  /// For Bennu's engines: programs use `node::topics`.
  explicit pubsub(const engine::broadcaster& by) noexcept : by_(by) {}

  /// Sends to all subscribers of `topic` on all nodes. For actors and threads outside of channels, which use
  /// `channel::broadcast_to`.
  /// @throws std::invalid_argument, as the functions below do, when the topic or the event is not UTF-8. Control
  /// characters are allowed in both.
  void broadcast(std::string topic, std::string event, payload body = {});

  /// Like `broadcast`, to the subscribers on this node only.
  void local_broadcast(std::string topic, std::string event, payload body = {});

  /// Like `broadcast`, to the subscribers on the node with that name only. Nobody receives it when that node is not
  /// connected.
  void direct_broadcast(const std::string& node_name, std::string topic, std::string event, payload body = {});

  /// What this node keeps of a topic whose route has `channel_options::history`: everything, or with a position (that
  /// of a `broadcast`, or of an earlier page) what came after it. A position that cannot be honoured, because it is too
  /// old or no position, yields nothing, and `recovered` is false.
  history_page history(const std::string& topic, std::string_view since = {}) const;

  /// Subscribes an actor: it receives every broadcast of `topic` as a `broadcast_ptr` message, until it unsubscribes
  /// or ends. The subscription takes effect when the shard has handled it. The actor's own later broadcasts arrive,
  /// too, except those of a channel, which may overtake the subscription.
  /// @throws std::invalid_argument when `subscriber` is empty.
  void subscribe(const std::string& topic, const caf::actor& subscriber);
  /// Ends a subscription. Does nothing when there is none.
  void unsubscribe(const std::string& topic, const caf::actor& subscriber);

private:
  const engine::broadcaster& by_;
};

} // namespace bennu
