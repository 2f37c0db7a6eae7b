#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include "actors/cluster/link/link.hpp"
#include "actors/cluster/link/link_record.hpp"
#include "actors/cluster/link/link_session.hpp"
#include "actors/cluster/names/name_carriers.hpp"
#include <bennu/actors/link_options.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace bennu {
class process;
} // namespace bennu

namespace bennu::engine {

/// `cluster_link` in production: a supervised link actor for each peer, which talks to the peer's over CAF's
/// distributed messaging.
///
/// Emits
/// - `link.up {session, protocol} {peer}` and `link.down {session} {peer, why}`;
/// - `link.lost {blocks} {peer}` and `cluster.lost {broadcasts} {node}` for what the end of a session lost;
/// - `link.state {up, queued_blocks, queued_bytes, in_flight_bytes, window_bytes, lost_blocks, refused_blocks} {peer}`
///   every second for each connected peer;
/// - `node.forgotten {} {node}`, after which nothing is reported about a node until it returns.
///
/// Thread safety: any thread, except for `supervised`. Outlives the tree of its child.
class links : public cluster_link, private link_host {
public:
  /// @param system made from a configuration that `load_cluster_module` prepared
  links(caf::actor_system& system, peer self, link_options options = {});
  ~links() override;

  void attend(const caf::actor& hub) override;
  bool send(const std::string& name, link_block bytes, uint64_t broadcasts = 0) override;
  size_t queued(const std::string& name) const override;
  std::vector<link_state> states() const override;
  void carry(std::shared_ptr<shared_names> names) override;
  void tell_names(const std::vector<name_entry>& changes) override;
  void cut(const std::string& name, const std::string& why) override;

  /// The supervisor of the link actors, as a child. A link actor that crashes loses its session and restarts. It is
  /// given up after ten crashes in ten seconds; the peer's next connection then starts a new one.
  child_spec supervised();

  /// Hands over a connection. An older one of the same peer is cut, and its session ended, first.
  void open(link_connection_ptr connection);

  /// The scribe of a connection is no more.
  void gone(const std::string& name, uint64_t connection);

  /// From now on `membership` is sent `link_changed` and `link_news`. It learns at once of every known peer whether it
  /// is up.
  void inform(const caf::actor& membership);

  /// Sends a message to the membership of a peer. It is lost when there is no session.
  void tell(const std::string& name, const std::string& news);

  /// Forgets a node that is lost for good: nothing about it is kept or reported afterwards.
  /// @returns false, and forgets nothing, while there is a connection to it
  bool forget(const std::string& name);

private:
  // -- for the link actors --------------------------------------------------------

  caf::actor_system& system() noexcept override { return system_; }
  const peer& self() const noexcept override { return self_; }
  const link_options& options() const noexcept override { return options_; }
  shared_names* names() noexcept override { return names_.empty() ? nullptr : &names_; }
  uint64_t next_session() noexcept override { return ++sessions_; }
  bool is_hub_behind() const override;
  void session_began(link_record& record, const link_up& event, const link_connection* by) override;
  void received(link_received&& event) override;
  void session_ended(link_record& record, const link_down& event, link_load lost) override;
  void heard_news(link_news news) override;
  void erase(const std::shared_ptr<link_record>& record) override;

  std::shared_ptr<link_record> find(const std::string& name) const;
  std::shared_ptr<link_record> find_or_add(const std::string& name);
  void start_actor(const std::shared_ptr<link_record>& record);
  void set_supervisor(const caf::actor& supervisor);

  caf::actor_system& system_;
  const peer self_;
  const link_options options_;
  std::atomic<uint64_t> sessions_;

  name_carriers names_; // set before the first session

  mutable std::shared_mutex records_mutex_;
  std::unordered_map<std::string, std::shared_ptr<link_record>> records_;
  caf::actor supervisor_; // guarded by records_mutex_

  // Held while a message is sent to the hub, so that a new hub gets its `link_up`s before anything else.
  mutable std::mutex hub_mutex_;
  caf::actor hub_;
  const process* hub_process_ = nullptr;
  caf::actor membership_;
};

} // namespace bennu::engine
