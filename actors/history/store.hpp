#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/fwd.hpp>

#include "actors/history/shard.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include "supervision/lookup/current_actor.hpp"

namespace bennu::engine {

/// How much the histories of a node hold, and what they have dropped since it started.
struct history_numbers {
  size_t topics = 0;
  size_t messages = 0;
  size_t bytes = 0;
  uint64_t dropped = 0; ///< messages, because of a bound
  uint64_t aged = 0;    ///< messages, because of their age
  uint64_t gaps = 0;    ///< joins that ended because the client missed messages that nobody keeps
  std::array<uint64_t, history_refusal_count> refused{}; ///< positions that were not honoured, by the reason
};

/// The histories of all topics of a node: what the channels, pubsub and the hub use.
///
/// A broadcast gets its place, and goes into the queues of all io units and to the hub, under one lock of its shard. So
/// all of them get the messages of a topic in the same order.
///
/// Thread safety: any thread.
class history_store {
public:
  /// `paths` and `hub` are those of the node, and outlive this object.
  history_store(caf::actor_system& system, const peer& self, const broadcaster& paths, const current_actor& hub,
                size_t total_bytes);
  history_store(const history_store&) = delete;
  history_store& operator=(const history_store&) = delete;

  /// Publishes to all nodes, on behalf of an actor on the unit of `here` if it is not null: the subscribers of that
  /// unit receive it before the call returns. `sender` is a connection that must not receive it later, or 0.
  void publish(caf::intrusive_ptr<broadcast> x, const history& bounds, pubsub_lane* here, uint64_t sender = 0);

  // -- for clients --------------------------------------------------------------

  history_answer join(const std::string& topic, const history& bounds, const std::optional<history_position>& since,
                      uint64_t reader);
  void leave(const std::string& topic);
  history_answer read(const std::string& topic, const std::optional<history_position>& since);

  /// A join ends because of a gap.
  void count_gap() noexcept { totals_.gaps.fetch_add(1, std::memory_order_relaxed); }

  /// A position is not honoured.
  void count_refusal(history_refusal why) noexcept {
    refused_[static_cast<size_t>(why)].fetch_add(1, std::memory_order_relaxed);
  }

  /// A number for a connection, which no other one of this node has.
  uint64_t next_reader() noexcept { return readers_.fetch_add(1, std::memory_order_relaxed) + 1; }

  // -- a node that starts -------------------------------------------------------

  /// Begins to catch up: the node has joined a cluster, and may take at most this time.
  void catch_up(std::chrono::milliseconds within);

  /// Sends the actor a `history_caught_up` as soon as the node has caught up. @returns false when it has, or when too
  /// many wait.
  bool await_histories(const caf::actor& tell);

  /// How much longer the node may catch up; nothing when that is over.
  std::optional<std::chrono::milliseconds> left_to_catch_up() const;

  /// The time is over: joins do not wait any more.
  void stop_catching_up();

  /// How many joins may wait. 100,000: as many clients as one node serves; more do not wait.
  static constexpr size_t max_waiting_joins = 100'000;

  // -- for the hub and the actor ------------------------------------------------

  /// The hub of the node has changed.
  void meet(const caf::actor& hub);

  /// Encodes a broadcast of this node with a place for other nodes.
  static void append_next(std::string& out, const broadcast& x);

  /// Takes a message of another node. @returns false when it is malformed.
  bool receive(const peer& from, std::string_view content);

  /// A broadcast to all has come from another node that has no place.
  void interrupted(const std::string& topic);

  void peer_up(const peer& who);
  void peer_down(const peer& who);
  void all_down();

  /// Tells a node, or all with an empty name, what this one has.
  void tell_what_it_has(const std::string& to);

  /// Answers the request of another node.
  void answer(const peer& from, size_t shard, const history_want& x);

  void expire();

  /// How often `expire` was called. A node that was paused has read less than its clock suggests; so whoever waits for
  /// messages that are still under way counts beats, not seconds.
  uint64_t beats() const noexcept { return beats_.load(std::memory_order_relaxed); }

  /// How often old messages are dropped, and other nodes are told what this one has. 1 s: what was lost is noticed
  /// within that time.
  static constexpr std::chrono::seconds beat_time{1};

  history_numbers numbers() const noexcept;
  current_actor actor; ///< the actor that answers other nodes, and lets time pass

  history_shard::time_point now() const;

private:
  // The same on all nodes, because a topic's shard must be the same everywhere: part of the wire format. 8: as in
  // presence, more than one core's worth of locks, few enough to say hello for.
  static constexpr size_t shard_count = 8;

  struct guarded_shard {
    std::mutex mutex;
    std::optional<history_shard> content;
  };

  guarded_shard& shard_of(std::string_view topic) noexcept;
  void send(size_t shard, const std::string& to, const history_message& x);
  void take(const peer& from, size_t number, history_message& x);
  bool deliver_without_place(history_message& x) const;
  void ask_whether_caught_up();

  caf::actor_system& system_;
  const broadcaster& paths_;
  const current_actor& hub_;
  history_totals totals_;
  std::array<guarded_shard, shard_count> shards_;
  std::atomic<uint64_t> readers_{0};
  std::atomic<uint64_t> beats_{0};
  std::array<std::atomic<uint64_t>, history_refusal_count> refused_{};
  std::atomic<bool> is_behind_{false};      ///< it has not caught up since it started
  std::atomic<bool> is_catching_up_{false}; ///< joins wait until it has
  history_shard::time_point catch_up_until_{};
  std::mutex waiting_mutex_;
  std::vector<caf::weak_actor_ptr> waiting_; ///< for the end of catching up; some may have ended
};

/// A message to a channel: its node has the histories of the others, as far as it could get them in time.
struct history_caught_up {
  using local_message = void;
};

/// A message to the actor of the history: this node has the histories of the others, or its time is over.
struct history_catch_up_over {
  using local_message = void;
};

/// A message to the actor of the history: the node has a new hub.
struct history_new_hub {
  using local_message = void;
  caf::actor hub;
};

/// A message to the actor of the history: another node asks for a part of a log.
struct history_asked {
  using local_message = void;
  peer from;
  size_t shard = 0;
  history_want what;
};

} // namespace bennu::engine
