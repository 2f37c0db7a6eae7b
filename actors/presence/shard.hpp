#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <caf/actor.hpp>

#include "actors/presence/owners.hpp"
#include "actors/presence/replica.hpp"
#include "supervision/lookup/actor_slot.hpp"

namespace bennu::engine {

/// For a channel that tracks itself: its client may be told of the change at once, instead of with all others when the
/// window is over.
struct presence_telling {
  uint64_t client = 0;         ///< its number; 0: it cannot be told now
  std::optional<payload> diff; ///< set: the client must be told this, and will not be told it again
};

/// The presences of every n-th topic: a replica under a lock, so that tracking and reading are calls and not questions.
/// Its actor moves time and messages; when that crashes, nothing here is lost.
///
/// Thread safety: any thread.
class presence_shard {
public:
  /// What came up since the last look.
  struct news {
    std::vector<presence_window::diff> diffs;
    std::vector<presence_outgoing> outgoing;
  };

  presence_shard(size_t number, uint64_t incarnation, const presence_options& options)
    : index(number), settings(options), replica_(incarnation, options) {}

  // -- for whoever tracks and reads; see `presence` -----------------------------

  std::optional<std::string> track(const caf::actor& who, const presence_topic& topic, const presence_key& key,
                                   const payload& meta, presence_telling& to);
  std::optional<std::string> update(const caf::actor_addr& who, const std::string& topic, const std::string& key,
                                    const std::function<payload(const payload&)>& change, presence_telling& to);
  bool untrack(const caf::actor_addr& who, const std::string& topic, const std::string& key, presence_telling& to);
  void untrack(const caf::actor_addr& who);

  payload list(std::string_view topic) const;

  /// The same, for somebody who is told of what changes afterwards. `last` is set to the last change that is in it.
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

  /// Takes what must be told to clients and nodes; a new window begins.
  news take_news();

  /// Takes what clients of one topic must be told.
  std::vector<presence_window::diff> take_diffs(std::string_view topic);

  /// Whoever tracks something.
  std::vector<caf::actor_addr> owners() const;

  const size_t index;
  const presence_options settings;
  actor_slot actor;

private:
  void changed();
  void changed_own(const std::string& topic);
  uint64_t begin_telling(const presence_telling& to, uint64_t id);
  void end_telling(presence_telling& to, const std::string& topic, uint64_t before);

  mutable std::mutex mutex_;
  presence_replica replica_;
  presence_owners owners_;
  std::unordered_map<uint64_t, uint64_t>
    told_; ///< presences whose whole history one client was told at once, and that client
  std::unordered_map<std::string, size_t> told_at_once_; ///< how often a topic was, in this window
  bool flush_asked_ = false;                             ///< the actor knows that there is news
};

} // namespace bennu::engine
