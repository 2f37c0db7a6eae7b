#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/actor.hpp>

#include <bennu/actors/broadcast.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {
class broadcaster;
} // namespace bennu::engine

namespace bennu {

/// How far a broadcast goes.
enum class reach : uint8_t {
  cluster, ///< to the subscribers on every node
  node,    ///< to those on this node alone
};

/// What happens to nodes is told on this topic of each node, to its own subscribers: events `nodeup` and `nodedown`, payload
/// `{"node": name}`.
inline constexpr std::string_view nodes_topic = "bennu:nodes";

/// Broadcasts by topic. Source: Phoenix.PubSub.
///
/// At most once, in the order of the publisher, for each subscriber. One message goes to each io unit, where one
/// encoded frame is handed to all sessions that joined the topic; one goes to each other node. What cannot reach a node, because it
/// is not connected or too slow, is lost for it, and counted there (`broadcast_counts`).
///
/// Thread safety: any thread, any actor.
class pubsub {
public:
  explicit pubsub(const engine::broadcaster& by) noexcept : by_(by) {}

  /// To every subscriber of `topic`, on every node. Call it from outside of the io units; channels use `channel::broadcast_to`.
  /// @throws std::invalid_argument, as every call below, if the topic or the event is not UTF-8. Control characters are allowed in both.
  void broadcast(std::string topic, std::string event, payload body = {});

  /// To the subscribers on this node.
  void local_broadcast(std::string topic, std::string event, payload body = {});

  /// To the subscribers on the node of that name; nobody, when it is not connected.
  void direct_broadcast(const std::string& node_name, std::string topic, std::string event, payload body = {});

  /// `subscriber` gets every broadcast of `topic` as a message `broadcast_ptr`, until it unsubscribes or ends. Takes effect
  /// when the shard has seen it: broadcasts that the same actor sends afterwards are among those it gets, unless it is a channel, whose
  /// broadcasts may be quicker.
  void subscribe(const std::string& topic, const caf::actor& subscriber);
  void unsubscribe(const std::string& topic, const caf::actor& subscriber);

private:
  const engine::broadcaster& by_;
};

} // namespace bennu
