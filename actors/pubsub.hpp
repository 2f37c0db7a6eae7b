#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor.hpp>

#include <bennu/actors/broadcast.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {
struct unit_services;
} // namespace bennu::engine

namespace bennu {

class node;

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
  explicit pubsub(node& home) noexcept : home_(home) {}

  /// To every subscriber of `topic`, on every node. Call it from outside of the io units; channels use `channel::broadcast_to`.
  void broadcast(std::string topic, std::string event, payload body = {});

  /// To the subscribers on this node.
  void local_broadcast(std::string topic, std::string event, payload body = {});

  /// To the subscribers on the node of that name; nobody, when it is not connected.
  void direct_broadcast(const std::string& node_name, std::string topic, std::string event, payload body = {});

  /// As `broadcast`, from an actor of unit `here`: its own subscribers are served before the call returns.
  void broadcast_from_unit(engine::unit_services& here, broadcast_ptr x, reach how_far = reach::cluster);

  /// To the subscribers on this node, several at once; they keep their order.
  void deliver(std::vector<broadcast_ptr> xs);

  /// `subscriber` gets every broadcast of `topic` as a message `broadcast_ptr`, until it unsubscribes or ends. Takes effect
  /// when the shard has seen it: broadcasts that the same actor sends afterwards are among those it gets, unless it is a channel, whose
  /// broadcasts may be quicker.
  void subscribe(const std::string& topic, const caf::actor& subscriber);
  void unsubscribe(const std::string& topic, const caf::actor& subscriber);

private:
  void to_units(const broadcast_ptr& x);
  void to_nodes(const broadcast_ptr& x);

  node& home_;
};

} // namespace bennu
