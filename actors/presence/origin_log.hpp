#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/presence/entry.hpp"
#include <bennu/actors/presence_options.hpp>

namespace bennu::engine {

/// The presences of this node and their history. Only this node writes it; every other node holds
/// an `origin_mirror`.
///
/// Invariants
/// 1. `entries()` is the result of all ops 1 … `seq()`.
/// 2. The ring holds the last ops without a gap, within the limits.
///
/// A plain value; not thread-safe.
class origin_log {
public:
  /// `incarnation` is a new random number at each start of the node: it makes the refs unique.
  explicit origin_log(uint64_t incarnation, origin_log_limits limits = {});

  /// Adds a presence. The new id is in the op's entry.
  /// @throws std::invalid_argument if `meta` is no object.
  /// @returns the op; valid until the next change.
  const presence_op& join(presence_topic topic, presence_key key, const payload& meta);

  /// Replaces the meta of a presence. @returns null if there is none of that id.
  /// @throws std::invalid_argument if `meta` is no object.
  const presence_op* update(uint64_t id, const payload& meta);

  /// Removes a presence. @returns null if there is none of that id.
  const presence_op* leave(uint64_t id);

  /// The number of the last op; 0 before the first.
  uint64_t seq() const noexcept { return seq_; }

  const std::map<uint64_t, presence_entry>& entries() const noexcept { return entries_; }

  /// The sum of the fingerprints of all entries.
  uint64_t digest() const noexcept { return digest_; }

  /// The ops after `applied`, which may be none.
  /// @returns nothing if the ring no longer has them, or `applied` is not of this history: send a
  /// snapshot.
  std::optional<std::vector<presence_op>> since(uint64_t applied) const;

  presence_snapshot snapshot() const;

  /// Forgets ops up to `applied`, which all peers have.
  void trim(uint64_t applied);

private:
  const presence_op& append(presence_op::kind what, presence_entry entry);
  std::string next_ref() const;
  void drop_oldest();

  uint64_t incarnation_;
  origin_log_limits limits_;
  uint64_t seq_ = 0;
  uint64_t digest_ = 0;
  size_t ring_bytes_ = 0;
  std::deque<presence_op> ring_; // never empty after the first op, unless trimmed
  std::map<uint64_t, presence_entry> entries_;
};

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
