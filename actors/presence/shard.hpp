#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>

#include "actors/presence/replica.hpp"
#include "supervision/lookup/current_actor.hpp"

namespace bennu::engine {

/// Which actor of this node tracks which presences. An actor has at most one presence under each key of a topic. It
/// may have many keys and topics.
///
/// A plain value. Thread safety: none.
class presence_owners {
public:
  /// REQUIRES: it is not tracked yet.
  /// @returns whether it is the first presence of the actor.
  bool add(const caf::actor_addr& who, std::string topic, std::string key, uint64_t id) {
    auto& own = tracked_[who];
    own.emplace(std::pair{std::move(topic), std::move(key)}, id);
    return own.size() == 1;
  }

  std::optional<uint64_t> find(const caf::actor_addr& who, const std::string& topic, const std::string& key) const {
    const auto own = tracked_.find(who);
    if (own == tracked_.end())
      return std::nullopt;
    const auto found = own->second.find(std::pair{topic, key});
    return found == own->second.end() ? std::nullopt : std::optional{found->second};
  }

  std::optional<uint64_t> take(const caf::actor_addr& who, const std::string& topic, const std::string& key) {
    const auto id = find(who, topic, key);
    if (id) {
      auto& own = tracked_[who];
      own.erase(std::pair{topic, key});
      if (own.empty())
        tracked_.erase(who);
    }
    return id;
  }

  /// Removes and returns everything that an actor tracks.
  std::vector<uint64_t> take(const caf::actor_addr& who) {
    std::vector<uint64_t> result;
    if (const auto own = tracked_.find(who); own != tracked_.end()) {
      for (const auto& [name, id] : own->second)
        result.push_back(id);
      tracked_.erase(own);
    }
    return result;
  }

  std::vector<caf::actor_addr> all() const {
    std::vector<caf::actor_addr> result;
    for (const auto& [who, own] : tracked_)
      result.push_back(who);
    return result;
  }

private:
  std::map<caf::actor_addr, std::map<std::pair<std::string, std::string>, uint64_t>> tracked_;
};

/// What the presences that a node tracks hold, in all shards. Thread safety: any thread may use it.
class presence_budget {
public:
  explicit presence_budget(const presence_limits& limits) noexcept : limits_(limits) {}

  /// Whether so much more may be held. Shards that ask at the same time may exceed the limit by one presence each.
  bool has_room(size_t presences, size_t bytes) const noexcept {
    return presences_.load(std::memory_order_relaxed) + presences <= limits_.max_presences
           && bytes_.load(std::memory_order_relaxed) + bytes <= limits_.max_bytes;
  }

  /// Counts an entry that begins, or with `ends` one that is over.
  void count(const presence_entry& x, bool ends = false) noexcept {
    const auto bytes = x.topic.size() + x.key.size() + x.meta.body.bytes().size();
    presences_.fetch_add(ends ? size_t{0} - 1 : 1, std::memory_order_relaxed); // modulo 2^64, so that it subtracts
    bytes_.fetch_add(ends ? size_t{0} - bytes : bytes, std::memory_order_relaxed);
  }

  size_t presences() const noexcept { return presences_.load(std::memory_order_relaxed); }
  size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

private:
  const presence_limits limits_;
  std::atomic<size_t> presences_{0}, bytes_{0};
};

/// For a channel that tracks itself: its client may receive the change at once, instead of with all others at the end
/// of the window.
struct presence_telling {
  uint64_t client = 0; ///< its number; 0: it cannot be told now
  std::optional<payload>
    diff;                   ///< when set, the diff that the client must receive now; the window will not send it again
  bool has_no_room = false; ///< nothing was changed, because of `presence_limits`
};

/// The presences of every n-th topic: a replica under a lock, so that tracking and reading are calls and not messages.
/// Its actor moves time and messages; a crash of the actor loses nothing here.
///
/// Thread safety: any thread.
class presence_shard {
public:
  /// What has changed since the last call of `take_changes`.
  struct changes {
    std::vector<presence_window::diff> diffs;
    std::vector<presence_outgoing> outgoing;
  };

  /// REQUIRES: `budget` outlives the shard.
  presence_shard(size_t number, uint64_t incarnation, const presence_options& options, presence_budget& budget)
    : index(number), settings(options), budget_(budget), replica_(incarnation, options) {}

  // -- for callers that track and read; see `presence` --------------------------

  std::optional<std::string> track(const caf::actor& who, const presence_topic& topic, const presence_key& key,
                                   const payload& meta, presence_telling& to);
  std::optional<std::string> update(const caf::actor_addr& who, const std::string& topic, const std::string& key,
                                    const std::function<payload(const payload&)>& change, presence_telling& to);
  bool untrack(const caf::actor_addr& who, const std::string& topic, const std::string& key, presence_telling& to);
  void untrack(const caf::actor_addr& who);

  payload list(std::string_view topic) const;

  /// The same for a caller that receives later changes. `last` becomes the number of the last change in the list.
  payload list(std::string_view topic, uint64_t& last);
  payload get_by_key(std::string_view topic, std::string_view key) const;
  size_t count(std::string_view topic) const;

  // -- for its actor ------------------------------------------------------------

  /// Calls `f(presence_replica&)` under the lock.
  template <class F>
  auto locked(F f) {
    std::lock_guard guard{mutex_};
    return f(replica_);
  }

  /// The mirrors of the other nodes.
  std::vector<presence_mirror> mirrors() const;

  /// Takes the messages for clients and nodes, and begins a new window.
  changes take_changes();

  /// Takes the diffs for the clients of one topic.
  std::vector<presence_window::diff> take_diffs(std::string_view topic);

  /// The actors that track something.
  std::vector<caf::actor_addr> owners() const;

  const size_t index;
  const presence_options settings;
  current_actor actor;

private:
  void changed();
  void changed_own(const std::string& topic);
  uint64_t begin_telling(const presence_telling& to, uint64_t id);
  void end_telling(presence_telling& to, const std::string& topic, uint64_t before);

  void leave(uint64_t id, uint64_t told_to);

  presence_budget& budget_;
  mutable std::mutex mutex_;
  presence_replica replica_;
  presence_owners owners_;
  std::unordered_map<uint64_t, uint64_t>
    told_; ///< presences whose whole history one client has received at once, and that client
  std::unordered_map<std::string, size_t>
    told_at_once_;           ///< by topic: the messages of this window that were sent at once
  bool flush_asked_ = false; ///< the actor knows that there are changes
};

} // namespace bennu::engine
