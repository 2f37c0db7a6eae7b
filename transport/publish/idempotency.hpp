#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/cluster/link/link.hpp"
#include "transport/publish/key_ring.hpp"

namespace bennu::engine {

/// The idempotency keys that a node knows: which requests were carried out, by any node, and which are being carried
/// out with the permission of this node.
///
/// A request is claimed before it is carried out. Of several claims of one key one is granted at a time; the others
/// wait until it is done, or until its holder is lost or has taken longer than its lease; then the next one is granted.
/// What was done is remembered for a time. Keys and bodies are kept as hashes, so that each takes the same memory.
///
/// Invariants
/// 1. For each key at most one claim is granted at a time, and none after it was done, until it is forgotten.
/// 2. Each claim gets exactly one verdict: from `claim`, or, after `waits`, later from `take_settled`. A claim that has
///    waited longer than its patience, or whose holder is lost, then gets `waits` again, which means that it is given
///    up.
/// 3. There are at most `max_keys` keys.
/// 4. Each owner among `limits::owners` always has a place for its guaranteed share, whatever the others do, and none
///    of its keys is forgotten early while it has no more: half of `max_keys` is divided among the owners. The other
///    half is free for all. An owner that is not in the list has no share.
///
/// A plain value; the caller passes the time. Complexity: O(log n + number of owners). Thread safety: none.
class idempotency_table {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct limits {
    size_t max_keys = 100'000;
    std::vector<uint64_t> owners = {};                            ///< those with a guaranteed share
    std::chrono::milliseconds memory = std::chrono::minutes{5};   ///< what was done is remembered for so long
    std::chrono::milliseconds lease = std::chrono::seconds{10};   ///< a claim that was granted is done within this time
    std::chrono::milliseconds patience = std::chrono::seconds{5}; ///< a claim that has waited for longer is given up
  };

  enum class answer : uint8_t {
    waits,      ///< another request with this key is being carried out
    granted,    ///< carry the request out, then call `done`
    repeated,   ///< it was carried out before; `accepted` is how many messages it published
    mismatched, ///< the key was used for another body
    full,       ///< there are too many keys, and the owner of this one has more than its share
    in_use,     ///< another body with the key is being carried out
  };

  struct verdict {
    answer what = answer::waits;
    uint64_t accepted = 0;

    friend bool operator==(const verdict&, const verdict&) = default;
  };

  /// A request that was carried out.
  struct record {
    digest key{};
    digest body{};
    uint64_t accepted = 0;
    std::chrono::milliseconds age{0};

    friend bool operator==(const record&, const record&) = default;
  };

  struct settled {
    uint64_t claim = 0;
    verdict with{};

    friend bool operator==(const settled&, const settled&) = default;
  };

  explicit idempotency_table(const limits& x);

  /// The key of a request, as the table and other nodes know it: a hash of `text` with its owner in front, so that two
  /// owners never have the same key, and every node knows whose it is.
  static digest key_of(uint64_t owner, std::string_view text);
  static uint64_t owner_of(const digest& key) noexcept;

  /// What is known of a key, without claiming it: `repeated`, `mismatched`, or nothing.
  std::optional<verdict> find(const digest& key, const digest& body, time_point now) const;

  /// What was done with a key, as another node may be told; nothing when it is not known.
  std::optional<record> recall(const digest& key, time_point now) const;

  /// A number for a claim, which no other claim has.
  uint64_t next_claim() noexcept { return ++last_claim_; }

  /// A request wants to be carried out by `holder`. @param claim a number from `next_claim`, for `take_settled`
  verdict claim(const digest& key, const digest& body, const peer& holder, uint64_t claim, time_point now);

  /// A request was carried out, here or on another node. Of two records of one key the younger one counts. When there
  /// are too many keys, the oldest one is forgotten of those whose owners have more than their share.
  /// @returns whether one was forgotten before its time.
  bool done(const record& x, time_point now);

  /// A node is lost: its claims pass to those that wait.
  void lost(const std::string& node, time_point now);

  /// Whoever has claimed on this node is gone: nobody takes the verdicts of the claims that wait, and nobody carries
  /// out what `self` holds. What other nodes hold stays with them.
  void restart(const std::string& self);

  /// Forgets what is too old, and passes on what is held for too long. Call it about once a second.
  void expire(time_point now);

  /// The claims that waited and have a verdict now.
  std::vector<settled> take_settled() { return std::exchange(settled_, {}); }

  /// The keys of everything that was done, for a node that has just connected. Some may be too old.
  std::vector<digest> keys() const;

  /// How long until a key is forgotten and one of the owner `of` has its place, at most.
  std::chrono::milliseconds until_free(uint64_t of, time_point now) const;

  bool empty() const noexcept { return done_.empty() && held_.empty(); }
  size_t size() const noexcept { return done_.size() + held_.size(); }

private:
  struct key_hash {
    size_t operator()(const digest& x) const noexcept;
  };
  struct carried_out {
    digest body;
    uint64_t accepted;
    time_point at;
  };
  struct waiter {
    peer holder;
    uint64_t claim;
    time_point since;
  };
  struct held {
    digest body;
    peer holder;
    time_point until;
    std::deque<waiter> waiting;
  };
  using held_map = std::unordered_map<digest, held, key_hash>;
  struct owner {
    size_t share = 0;                                    ///< guaranteed
    size_t count = 0;                                    ///< keys in `done_` and `held_`
    std::set<std::pair<time_point, digest>> by_age = {}; ///< those in `done_`
  };

  void settle(held& x, const verdict& with);
  template <class Predicate>
  void give_up(held& x, Predicate is_hopeless);
  held_map::iterator pass_on(held_map::iterator i, time_point now);
  bool has_place(uint64_t of) const;
  void count_one(const digest& key);
  void uncount_one(const digest& key);
  void forget(std::unordered_map<digest, carried_out, key_hash>::iterator x);
  void forget_one_early();

  limits limits_;
  std::unordered_map<digest, carried_out, key_hash> done_;
  held_map held_;
  std::map<uint64_t, owner> owners_;
  size_t max_shared_ = 0; ///< how many places belong to no owner: half of all, and what the division leaves
  size_t shared_ = 0;     ///< how much of it is taken: what each owner has beyond its share
  std::vector<settled> settled_;
  uint64_t last_claim_ = 0;
};

} // namespace bennu::engine
