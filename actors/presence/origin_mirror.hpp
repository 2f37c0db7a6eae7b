#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "actors/presence/entry.hpp"

namespace bennu::engine {

/// A copy of the presences of one incarnation of another node.
///
/// Invariants
/// 1. The entries are exactly those of the origin after its op `applied()`, never a mixture of states.
/// 2. The changes that were handed out, applied in order to an empty set, give the entries. A caller that hides or
///    forgets an origin calls `all_left`, and `all_joined` to show it again.
///
/// A plain value. Thread safety: none.
class origin_mirror {
public:
  enum class result {
    applied, ///< all given ops are applied; older ones were skipped
    /// An op is missing or contradicts the entries: ask the origin for the ops after `applied()`, or for a snapshot
    /// if `broken()`.
    gap,
  };

  /// `number` identifies this origin in the changes.
  explicit origin_mirror(uint32_t number) : number_(number) {}

  /// Applies ops in order as long as there is no gap after `applied()`. Skips ops that are not newer. Appends the
  /// changes to `out`.
  result apply(std::span<const presence_op> ops, presence_changes& out);

  /// Replaces all entries by a complete snapshot and appends the differences to `out`. Ignores a snapshot that is
  /// older than `applied()`, unless the mirror is broken.
  void apply(const presence_snapshot& snapshot, presence_changes& out);

  /// Appends a leave (or a join) for every entry. The mirror does not change.
  void all_left(presence_changes& out) const;
  void all_joined(presence_changes& out) const;

  /// The number of the last applied op.
  uint64_t applied() const noexcept { return applied_; }

  /// Whether an op contradicted the entries. Only a snapshot repairs this.
  bool broken() const noexcept { return broken_; }

  /// Equals the digest of the origin at the same number of ops.
  uint64_t digest() const noexcept { return digest_; }

  const std::map<uint64_t, presence_entry>& entries() const noexcept { return entries_; }

private:
  bool apply_one(const presence_op& op, presence_changes& out);
  void insert(const presence_entry& entry, presence_changes& out);
  void remove(std::map<uint64_t, presence_entry>::iterator pos, presence_changes& out);
  void report(bool joined, const presence_entry& entry, presence_changes& out) const;

  uint32_t number_;
  uint64_t applied_ = 0;
  uint64_t digest_ = 0;
  bool broken_ = false;
  std::map<uint64_t, presence_entry> entries_;
};

} // namespace bennu::engine
