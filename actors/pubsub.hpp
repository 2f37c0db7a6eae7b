#pragma once

#include <string>
#include <string_view>

#include <caf/actor.hpp>

#include "actors/broadcast.hpp"
#include "supervision/child_spec.hpp"

namespace bennu {

class node;
struct unit_services;

/// Broadcasts by topic. Source: Phoenix.PubSub.
///
/// At most once, in the order of the publisher, for each subscriber. One message goes to each io unit, where one
/// encoded frame is handed to all sessions that joined the topic.
///
/// Thread safety: any thread, any actor.
class pubsub {
public:
  explicit pubsub(node& home) noexcept : home_(home) {}

  /// To every subscriber of `topic`. Call it from outside of the io units; channels use `channel::broadcast_to`.
  void broadcast(std::string topic, std::string event, payload body = {});

  /// As above, from an actor of unit `here`: its own subscribers are served before the call returns.
  void broadcast_from_unit(unit_services& here, broadcast_ptr x);

  /// `subscriber` gets every broadcast of `topic` as a message `broadcast_ptr`, until it unsubscribes or ends. Takes effect
  /// when the shard has seen it: broadcasts that the same actor sends afterwards are among those it gets.
  void subscribe(const std::string& topic, const caf::actor& subscriber);
  void unsubscribe(const std::string& topic, const caf::actor& subscriber);

private:
  node& home_;
};

/// The actor at which broadcasts from other threads enter an io unit.
/// Accepts `broadcast_ptr`, subscribe and unsubscribe. `permanent`, pinned; the table survives its crash.
child_spec pubsub_shard(unit_services& unit);

} // namespace bennu
