#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/cluster/link/link.hpp"
#include "actors/cluster/names/name_carriers.hpp"
#include "actors/cluster/names/name_table.hpp"

namespace bennu::engine {

class direct_network;

/// The link of one node of a `direct_network`.
class direct_link : public cluster_link {
public:
  direct_link(direct_network& network, peer who) : network_(network), who_(std::move(who)) {}

  const peer& who() const noexcept { return who_; }
  bool is_cut() const noexcept { return is_cut_; }

  // -- cluster_link -------------------------------------------------------------

  void attend(const caf::actor& hub) override;
  bool send(const std::string& name, link_block bytes, uint64_t broadcasts = 0) override;
  size_t queued(const std::string&) const override { return 0; }
  std::vector<link_state> states() const override;
  bool takes_time() const override { return false; }
  void carry(std::shared_ptr<shared_names> names) override { names_.add(std::move(names)); }
  void tell_names(const std::vector<name_entry>& changes) override;
  uint64_t micros_now() const override;
  void cut(const std::string& name, const std::string& why) override;

private:
  friend class direct_network;

  direct_network& network_;
  const peer who_;
  bool is_cut_ = true; ///< until its tree runs
  caf::actor hub_;
  name_carriers names_;
};

/// The links between nodes that live in one actor system: what is sent arrives in the same virtual instant, in order.
/// A node is connected with all others, or cut off from all of them.
///
/// Thread safety: for the test's thread.
class direct_network {
public:
  explicit direct_network(caf::actor_system& system);
  ~direct_network();

  /// The link of a new node. Its sessions begin when `connect` is called.
  direct_link& add(peer who);

  /// Begins a session with every other node that is not cut off.
  void connect(direct_link& x);

  /// Ends the sessions of the node: both sides are told.
  void disconnect(direct_link& x);

  using task = std::function<void()>;

  /// Runs `x` after the present handler.
  void later(task x);

private:
  friend class direct_link;

  direct_link* find(const std::string& name) noexcept;
  std::vector<direct_link*> peers_of(const direct_link& x);
  void begin(direct_link& a, direct_link& b);
  void end(direct_link& a, direct_link& b, const std::string& why);
  void tell_up(const direct_link& to, const direct_link& of);
  void send_names(const direct_link& from, direct_link& to, bool whole, std::vector<name_entry> entries);

  caf::actor_system& system_;
  uint64_t sessions_ = 0;
  std::vector<std::unique_ptr<direct_link>> links_;
  caf::actor courier_; ///< carries out what must not happen within the caller
};

} // namespace bennu::engine
