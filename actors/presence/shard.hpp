#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor.hpp>

#include "actors/presence/owners.hpp"
#include "actors/presence/replica.hpp"
#include "supervision/lookup/actor_slot.hpp"

namespace bennu::engine {

/// The presences of every n-th topic: a replica under a lock, so that tracking and reading are calls and not questions. Its actor moves
/// time and messages; when that crashes, nothing here is lost.
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
                                   const payload& meta);
  std::optional<std::string> update(const caf::actor_addr& who, const std::string& topic, const std::string& key,
                                    const std::function<payload(const payload&)>& change);
  bool untrack(const caf::actor_addr& who, const std::string& topic, const std::string& key);
  void untrack(const caf::actor_addr& who);

  payload list(std::string_view topic) const;
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

  /// Takes what must be told to clients and nodes.
  news take_news();

  /// Whoever tracks something.
  std::vector<caf::actor_addr> owners() const;

  const size_t index;
  const presence_options settings;
  actor_slot actor;

private:
  void changed();

  mutable std::mutex mutex_;
  presence_replica replica_;
  presence_owners owners_;
  bool flush_asked_ = false; ///< the actor knows that there is news
};

} // namespace bennu::engine
