#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/error.hpp>

#include "supervision/lookup/group_table.hpp"

namespace bennu::engine {

/// The other nodes of a cluster, as the groups of one node need them. It is called under the lock of the board, so that
/// all nodes are told of changes in their order; it must not call the board.
class group_peers {
public:
  virtual ~group_peers() = default;

  /// @throws std::invalid_argument when a group cannot have this name in a cluster.
  virtual void require_valid(const std::string& group) const = 0;

  virtual void tell(const group_entry& change) = 0;
};

/// What the copies of a `process_groups` share: the table, its lock, and those who are told of changes.
///
/// Listeners are told under the lock, so that they are told in order. No actor is destroyed under it, because the end
/// of a member calls the board: a handle, also of an actor that has ended, goes into a `bin` that outlives the lock.
/// Thread safety: any thread.
class group_board : public std::enable_shared_from_this<group_board> {
public:
  explicit group_board(std::string scope) : scope_(std::move(scope)) {}

  caf::error join(const std::string& group, const caf::actor& who);
  bool leave(const std::string& group, const caf::actor& who);
  std::vector<caf::actor> members(const std::string& group, bool own_only) const;
  std::vector<std::string> groups(bool own_only) const;
  std::vector<caf::actor> monitor(const std::string& group, const caf::actor& who);
  void demonitor(const std::string& group, const caf::actor& who);

  // -- for the cluster ----------------------------------------------------------

  /// From now on these are told of the changes of own actors; null ends that.
  void use(group_peers* peers);

  std::vector<group_entry> own() const;

  /// Takes what a node tells of its memberships; with `whole` it replaces what the node told before.
  void receive(const std::string& node, bool whole, const std::vector<group_entry>& news);

  /// The session with a node has ended.
  void forget(const std::string& node);

private:
  struct listener {
    caf::actor_addr who;
    std::string group;
  };

  using bin = std::vector<caf::actor>;

  bool enter(const std::string& group, const caf::actor& who, bin& used);
  void ended(const caf::actor_addr& who);
  void end_membership(const std::string& group, const caf::actor_addr& who, uint64_t number, bin& used);
  void say_joined(const std::string& group, const caf::actor& who, bin& used);
  void say_left(const std::string& group, const caf::actor_addr& who, bin& used);
  template <class F>
  void each_listener(const std::string& group, bin& used, F f);

  const std::string scope_;
  mutable std::mutex mutex_; // guards all members below
  group_table table_;
  std::vector<listener> listeners_;
  group_peers* peers_ = nullptr;
};

} // namespace bennu::engine
