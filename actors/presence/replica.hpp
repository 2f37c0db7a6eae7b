#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/cluster/link/link.hpp"
#include "actors/presence/message.hpp"
#include "actors/presence/origin_log.hpp"
#include "actors/presence/remote_origin.hpp"
#include "actors/presence/view.hpp"
#include <bennu/actors/presence.hpp>
#include <bennu/actors/presence_options.hpp>

namespace bennu::engine {

/// The presences of all nodes as this node knows them: its own log, a mirror of each other node's, and what is visible.
///
/// Each node writes only its own log and sends it to the others itself. A new session begins with a digest. A node that
/// lacks something requests it from the origin, and gets the ops or, if the origin no longer has them, a snapshot. So
/// nodes converge after every reconnection, whichever messages were lost.
///
/// A plain value; not thread-safe.
class presence_replica {
public:
  using time_point = remote_origin::time_point;

  presence_replica(uint64_t incarnation, const presence_options& options);

  // -- this node's own presences; `told_to` see `presence_change` ---------------

  /// @returns the id and the `phx_ref`. @throws std::invalid_argument if `meta` is no object.
  std::pair<uint64_t, std::string> join(presence_topic topic, presence_key key, const payload& meta,
                                        uint64_t told_to = 0);

  /// @returns the new `phx_ref`; nothing if there is none of that id. @throws std::invalid_argument if `meta` is no
  /// object.
  std::optional<std::string> update(uint64_t id, const payload& meta, uint64_t told_to = 0);

  void leave(uint64_t id, uint64_t told_to = 0);

  const std::map<uint64_t, presence_entry>& own() const noexcept { return log_.entries(); }

  // -- the others -------------------------------------------------------------

  void peer_up(const peer& who);
  void peer_down(const peer& who, time_point now);
  void receive(const peer& from, const presence_message& x);

  /// Lets time pass: the presences of nodes that have been lost for long enough leave, and are forgotten later.
  void expire(time_point now);
  std::optional<time_point> next_deadline() const;

  /// Every node that was connected counts as lost from now on, until `peer_up` says otherwise.
  void all_down(time_point now);

  // -- messages to other nodes --------------------------------------------------

  /// Sends a digest of this node's log to all nodes. Call it periodically.
  void beat();

  /// Takes the messages that must be sent, in this order, including the ops since the last call.
  std::vector<presence_outgoing> take_outgoing();

  const presence_view& view() const noexcept { return view_; }
  presence_window& window() noexcept { return window_; }
  const presence_window& window() const noexcept { return window_; }

  /// Whether `take_outgoing` would return messages that must not wait: requests, answers, digests.
  bool has_answers() const noexcept { return !outgoing_.empty(); }

  bool alone() const noexcept { return others_.empty(); }

  const std::map<std::string, remote_origin>& others() const noexcept { return others_; }

  std::vector<presence_mirror> mirrors() const;

private:
  void own_change(bool joined, const presence_entry& entry, uint64_t told_to);
  void publish(presence_changes changes);
  void answer(const std::string& to, const presence_want& x);
  void send_snapshot(const std::string& to);
  void tell_ops();
  void say(const std::string& to, presence_message x) { outgoing_.push_back({to, std::move(x)}); }

  presence_options options_;
  origin_log log_;
  uint64_t told_ = 0; ///< the last op that went out
  uint32_t origins_ = 0;
  std::map<std::string, remote_origin> others_; ///< by the name of the node: its last life
  presence_view view_;
  presence_window window_;
  std::vector<presence_outgoing> outgoing_;
};

} // namespace bennu::engine
