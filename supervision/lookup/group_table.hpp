#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>

namespace bennu::engine {

/// One membership of an actor in a group.
struct group_entry {
  std::string group;
  caf::actor who;      ///< null: the membership with this number has ended
  uint64_t number = 0; ///< tells the memberships of one node apart
};

/// The groups as one node knows them: the memberships of its own actors, and those that each connected node has told
/// it.
///
/// Invariants
/// 1. Only a node itself changes its memberships; what others tell replaces nothing of them.
/// 2. A membership is added once and removed once, however often it is told.
///
/// The memberships of own actors hold no reference to them; those of other nodes keep their proxies alive.
/// A plain value. Thread safety: none.
class group_table {
public:
  using changes = std::vector<group_entry>; ///< `who` is always set

  // -- own actors -------------------------------------------------------------

  /// @returns the number of the new membership.
  uint64_t join(const std::string& group, const caf::actor& who);

  /// Ends the oldest membership of this actor in the group. @returns its number, or 0.
  uint64_t leave(const std::string& group, const caf::actor_addr& who);

  /// An own actor has ended. @returns its memberships: the group and the number of each.
  std::vector<std::pair<std::string, uint64_t>> drop(const caf::actor_addr& who);

  /// Whether `join` was called for this actor before; then it is known until `drop`.
  bool knows(const caf::actor_addr& who) const { return owners_.contains(who); }

  std::vector<group_entry> own() const;

  // -- other nodes ------------------------------------------------------------

  /// Takes what a node tells of its memberships. @returns those that are new, and those that have ended.
  std::pair<changes, changes> receive(const std::string& node, const std::vector<group_entry>& news);

  /// The node is disconnected. @returns its memberships, which have ended.
  changes forget(const std::string& node);

  // -- questions ----------------------------------------------------------------

  /// Own members in the order of their joins, then those of other nodes. Actors that have just ended may be among them.
  std::vector<caf::actor_addr> members(const std::string& group, bool own_only) const;

  /// Sorted.
  std::vector<std::string> groups(bool own_only) const;

private:
  struct own_member {
    caf::actor_addr who;
    uint64_t number;
  };
  using memberships = std::map<uint64_t, group_entry>;

  std::map<std::string, std::vector<own_member>> own_;
  std::unordered_map<caf::actor_addr, std::vector<std::string>> owners_; ///< the groups of each own actor
  std::map<std::string, memberships> others_;                            ///< by node
  std::map<std::string, std::map<std::pair<std::string, uint64_t>, caf::actor>> others_by_group_;
  uint64_t last_ = 0;
};

} // namespace bennu::engine
