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

  using group_and_number = std::pair<std::string, uint64_t>;

  struct own_membership {
    std::string group;
    caf::actor_addr who;
    uint64_t number;
  };

  // -- own actors -------------------------------------------------------------

  /// @returns the number of the new membership.
  uint64_t join(const std::string& group, const caf::actor& who);

  /// Ends the oldest membership of this actor in the group. @returns its number, or 0.
  /// Complexity: O(log n) in the members of the group and O(k) in the memberships of the actor.
  uint64_t leave(const std::string& group, const caf::actor_addr& who);

  /// An own actor has ended. @returns its memberships: the group and the number of each.
  std::vector<group_and_number> drop(const caf::actor_addr& who);

  /// Whether `join` was called for this actor before; then it is known until `drop`.
  bool knows(const caf::actor_addr& who) const { return owners_.contains(who); }

  std::vector<own_membership> own() const;

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
  using memberships = std::map<uint64_t, group_entry>;

  void remove(const group_and_number& x);

  std::map<std::string, std::map<uint64_t, caf::actor_addr>> own_;            ///< by number: in the order of the joins
  std::unordered_map<caf::actor_addr, std::vector<group_and_number>> owners_; ///< those of each own actor
  std::map<std::string, memberships> others_;                                 ///< by node
  std::map<std::string, std::map<std::pair<std::string, uint64_t>, caf::actor>> others_by_group_;
  uint64_t last_ = 0;
};

} // namespace bennu::engine
