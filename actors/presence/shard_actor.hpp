#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>

#include "actors/presence/shard.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/actors/presence.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

/// The shard has changed: send the changes when the window is over.
struct presence_changed {
  using local_message = void;
};

/// A topic has changed whose clients must be told now.
struct presence_changed_now {
  using local_message = void;
  std::string topic;
};

/// Something that `who` tracks must leave when `who` ends.
struct presence_watch {
  using local_message = void;
  caf::actor_addr who;
};

/// The node has a new hub, which knows the connected nodes.
struct presence_new_hub {
  using local_message = void;
  caf::actor hub;
};

/// A message of another node's shard with the same number.
struct presence_received {
  using local_message = void;
  peer from;
  presence_message message;
};

/// The parts of a node that the actor of a shard uses. They outlive it.
struct presence_shard_services {
  presence_shard& shard;
  pubsub_lane& lane; ///< the lane of the io unit to which the actor is pinned
  const broadcaster& topics;
  const std::shared_ptr<presence_handler>& handler; ///< may be null
  const current_actor& hub;
};

/// Moves the messages and the time of one shard of presence: diffs to the clients of this node, ops to the other nodes,
/// and theirs into the shard; lets the presences of an actor that ended leave.
///
/// Accepts `presence_changed`, `presence_changed_now`, `presence_watch`, `presence_new_hub`, `presence_received`,
/// `link_up` and `link_down` (of the hub). Started by the node's presence supervisor, `permanent`. A new one continues
/// with the same shard: it monitors all owners again and counts every node as lost until the hub reports it, so that it
/// catches up with everything that the old one missed. When it is stopped it sends a goodbye to the other nodes. Emits
/// at each beat, for each node that it knows, `presence.mirror {shard, connected, behind, entries} {node}`; and
/// `presence.handler_failed {} {callback, topic, text}` when a callback of the application throws. Thread safety:
/// pinned to its unit.
class presence_shard_actor : public process {
public:
  presence_shard_actor(caf::actor_config& config, const presence_shard_services& services);

  std::string label() const override;

  /// `12 own; a: 40 entries; b: 7 entries, 3 behind; c: 5 entries, down`
  std::string detail() const override;

  /// The presences of all nodes that this shard shows.
  size_t memory() const noexcept override;

protected:
  caf::behavior make_behavior() override;

private:
  using outgoing = std::vector<presence_outgoing>;
  using time_point = presence_replica::time_point;

  void attend(const caf::actor& hub);
  void watch(const caf::actor_addr& who);

  void flush_later();
  void flush();
  void tell_clients(presence_window::diff& x);
  void tell_nodes(const outgoing& messages);
  void goodbye();

  void expire();
  void expire_at(time_point when);
  void beat_later();
  void beat();
  void report();

  const presence_shard_services services_;
  presence_shard& shard_;
  bool flush_due_ = false;
  bool beating_ = false;
  std::optional<time_point> deadline_; ///< the one timer that is set calls `expire` then
};

/// Its actor as a child of the node's presence supervisor.
child_spec presence_shard_child(const presence_shard_services& services);

} // namespace bennu::engine
