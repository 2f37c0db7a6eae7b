#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include "actors/pubsub/subscriber_table.hpp"
#include "actors/trace/broadcast_trace.hpp"
#include "supervision/lookup/current_actor.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/channel_options.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/actors/topic_pattern.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

class history_store;

/// The part of pubsub on one io unit. Created once per unit at the start; never moves.
///
/// Broadcasts with a place in the history of their topic pass a queue of the lane instead of a mailbox. So an actor of
/// the unit that publishes one can first deliver those of other threads that come before it.
///
/// Thread safety: `subscribers` and `deliver_in_order` belong to the thread of the unit; any thread may use the rest.
struct pubsub_lane {
  pubsub_lane(caf::actor_system& of, caf::execution_unit* on, size_t number) : system(of), unit(on), index(number) {}

  /// Appends to the queue. @returns whether it was empty: then somebody must see to it that it is delivered.
  bool put_in_order(broadcast_ptr x);

  /// Delivers the queue to the subscribers.
  void deliver_in_order();

  /// Delivers `x` to the subscribers; `is_placed` says whether as a broadcast with a place in the history of its topic.
  /// Emits `broadcast.delivered`.
  void deliver(const broadcast_ptr& x, bool is_placed = false) const;

  caf::actor_system& system;
  caf::execution_unit* const unit; ///< null when actors are not pinned (virtual time)
  const size_t index;
  subscriber_table subscribers;
  current_actor shard; ///< receives the broadcasts of other threads

private:
  std::mutex mutex_;
  std::vector<broadcast_ptr> waiting_;    // under the mutex
  std::vector<broadcast_ptr> delivering_; // of the unit's thread: taken from the queue
  size_t delivered_ = 0;                  // how many of those
};

/// Distributes the broadcasts of one node: to the lane of each io unit, and to the hub, which sends them to other
/// nodes.
///
/// Thread safety: constant once the supervision tree runs; then any thread may use it.
class broadcaster {
public:
  /// `hub` will hold the hub of the node when the node is part of a cluster. REQUIRES: it outlives this object.
  broadcaster(std::string node_name, const current_actor& hub) : node_name_(std::move(node_name)), hub_(hub) {}

  /// From now on the hub receives broadcasts, too. REQUIRES: the supervision tree has not started.
  void join_cluster() noexcept { clustered_ = true; }

  /// From now on broadcasts on topics that match the pattern get a place in `x`. The first pattern that matches a topic
  /// wins. REQUIRES: the supervision tree has not started; `x` outlives it.
  void keep_history(history_store& x, topic_pattern pattern, const history& bounds,
                    std::vector<std::string> live_events = {});

  /// Null when no topic has history.
  history_store* histories() const noexcept { return histories_; }

  /// Adds the lane of the next io unit. REQUIRES: `lane` outlives the supervision tree.
  void add(pubsub_lane& lane) { lanes_.push_back(&lane); }

  /// The lane of the subscribers that are plain actors. Every broadcast passes each lane once.
  pubsub_lane& first_lane() const noexcept { return *lanes_.front(); }

  /// Emits `broadcast`: this node sends `x`. Begins its span.
  void report(broadcast& x) const;

  /// Begins the span of a broadcast from another node, as a child of the span of its publisher. @returns null when it
  /// is not traced.
  std::shared_ptr<broadcast_trace> trace_received(const traced_message& x, const trace_context& parent,
                                                  std::string_view from) const;

  /// Sends to the subscribers on this node.
  void to_units(const broadcast_ptr& x) const;

  /// The bounds of the history of a topic, whose broadcasts `histories()` publishes; null when it has none.
  const history* history_of(std::string_view topic) const noexcept {
    const auto* found = histories_ != nullptr ? find_history(topic) : nullptr;
    return found != nullptr ? &found->bounds : nullptr;
  }

  /// The same for a broadcast: null also when its event is one that is not kept (`channel_options::live_events`).
  const history* history_for(std::string_view topic, std::string_view event) const noexcept;

  /// Puts a broadcast with a place into the queues of all lanes, and sees to it that those besides `here` deliver it.
  void in_order(const broadcast_ptr& x, const pubsub_lane* here) const;

  /// Sends to the subscribers on all other nodes.
  void to_nodes(const broadcast_ptr& x) const;

  /// Sends to the subscribers on the node with that name, which may be this one.
  void to_node(const std::string& name, broadcast_ptr x) const;

  /// Sends on behalf of an actor on the unit of `here`: the subscribers of that unit receive it before the call
  /// returns.
  void from_unit(pubsub_lane& here, const broadcast_ptr& x, reach how_far = reach::cluster) const;

  /// Calls `then` with the topics of each lane, once for each, on the threads of their units.
  void scan(const topic_scan::query& what, const std::function<void(const topic_scan&)>& then) const;
  size_t lane_count() const noexcept { return lanes_.size(); }

  /// Sends several broadcasts to the subscribers on this node, in order.
  void deliver(std::vector<broadcast_ptr> xs) const;

private:
  struct topics_with_history {
    topic_pattern pattern;
    history bounds;
    std::vector<std::string> live_events;
  };

  const topics_with_history* find_history(std::string_view topic) const noexcept;

  const std::string node_name_;
  const current_actor& hub_;
  bool clustered_ = false;
  history_store* histories_ = nullptr;
  std::vector<topics_with_history> with_history_;
  std::vector<pubsub_lane*> lanes_;
};

/// Broadcasts that arrived together from another node.
struct broadcasts {
  using local_message = void;
  std::shared_ptr<const std::vector<broadcast_ptr>> all;
};

/// The queue of the lane is not empty.
struct placed_broadcasts {
  using local_message = void;
};

/// Asks for the topics of the lane. The shard looks at some of them for each message, so that the clients of the unit
/// do not wait, and then calls `then` on its own thread.
struct scan_topics {
  using local_message = void;
  struct state {
    topic_scan result;
    subscriber_table::cursor at{};
    std::function<void(const topic_scan&)> then;
  };
  std::shared_ptr<state> scan;
};

struct subscribe_actor {
  using local_message = void;
  std::string topic;
  caf::actor subscriber;
};

struct unsubscribe_actor {
  using local_message = void;
  std::string topic;
  caf::actor subscriber;
};

/// Receives the broadcasts of other threads for one io unit.
///
/// It accepts `broadcast_ptr`, `broadcasts`, `placed_broadcasts`, `scan_topics`, `subscribe_actor` and
/// `unsubscribe_actor`, and sends broadcasts to subscribers. The pubsub supervisor of the node starts it, `permanent`.
/// The table of subscribers belongs to the lane, so that nothing is lost when the actor restarts. When a subscriber
/// ends, it is removed.
/// Thread safety: pinned to the unit of its lane.
class pubsub_shard_actor : public process {
public:
  pubsub_shard_actor(caf::actor_config& config, pubsub_lane& lane);
  std::string label() const override;
  size_t memory() const noexcept override { return lane_.subscribers.footprint(); }

protected:
  caf::behavior make_behavior() override;

private:
  void subscribe(const subscribe_actor& x);
  void unsubscribe(const unsubscribe_actor& x);
  void watch(const caf::actor& who);
  void scan(const scan_topics& x);

  pubsub_lane& lane_;
  /// How many topics each subscriber has; it is monitored while it has one.
  std::unordered_map<caf::actor_addr, size_t> topics_of_;
};

/// The child spec of the actor that receives broadcasts for `lane`: `permanent`, pinned.
child_spec pubsub_shard(pubsub_lane& lane);

} // namespace bennu::engine
