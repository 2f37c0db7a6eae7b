#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "actors/presence/entry.hpp"

namespace bennu::engine {

/// What this node knows of one incarnation of another node's presences.
///
/// Invariants
/// 1. The entries are exactly the origin's after its op `applied()`: a prefix of its history, never
/// a mixture.
/// 2. The changes handed out, played in order, lead from nothing to the entries. Who hides or
/// forgets an
///    origin calls `all_left`, and `all_joined` to show it again.
///
/// A plain value; not thread-safe.
class origin_mirror {
public:
  enum class result {
    applied, ///< up to date with the last op given; older ones were skipped
    gap,     ///< something is missing or does not fit: ask the origin for what follows `applied()`, or
             ///< for a snapshot if `broken()`
  };

  /// `number` is what the changes call this origin.
  explicit origin_mirror(uint32_t number) : number_(number) {}

  /// Applies ops in order as far as they follow `applied()` without a gap; what is not newer is
  /// skipped. Changes are appended to `out`.
  result apply(std::span<const presence_op> ops, presence_changes& out);

  /// Replaces everything by a complete snapshot, and appends the difference to `out`. One that is
  /// older than `applied()` is ignored, unless the mirror is broken.
  void apply(const presence_snapshot& snapshot, presence_changes& out);

  /// Appends a leave, or a join, of every entry; the mirror stays as it is.
  void all_left(presence_changes& out) const;
  void all_joined(presence_changes& out) const;

  /// The last op that is contained.
  uint64_t applied() const noexcept { return applied_; }

  /// Whether an op contradicted the entries: only a snapshot helps.
  bool broken() const noexcept { return broken_; }

  /// Equal to the origin's digest at the same seq.
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
