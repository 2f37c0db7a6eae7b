#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/message.hpp>

#include <bennu/supervision/registry.hpp>

namespace bennu::engine {

/// The state that the copies of a registry share: entries by key, and keys by actor, in separate shards.
///
/// No lock is held while code of an actor, a value or a destructor runs: handles and values that are removed are
/// destroyed afterwards. Two exceptions, both short: listeners are told under the lock of the key (so that they are
/// told in order), and `update`. At most one lock is held at a time, except for the listeners' lock within a key's.
struct registry_table : std::enable_shared_from_this<registry_table> {
  struct entry {
    caf::actor_addr who;
    caf::message value;
  };

  struct key_shard {
    mutable std::shared_mutex mutex;
    std::unordered_map<std::string, std::vector<entry>> entries;
    std::unordered_map<std::string, std::thread::id> claims; // names of actors that are being started, and where
    std::condition_variable_any released;
  };

  /// Kept from the first registration of an actor to its end, so that one attachable is enough.
  struct owner {
    std::vector<std::string> keys;
    bool is_evicted = false;
  };

  struct owner_shard {
    mutable std::mutex mutex;
    std::unordered_map<caf::actor_addr, owner> owners;
  };

  registry_table(registry_keys sort, std::string reported_as) : how(sort), name(std::move(reported_as)) {}

  key_shard& shard_of(const std::string& key) { return keys[std::hash<std::string>{}(key) % keys.size()]; }
  owner_shard& shard_of(const caf::actor_addr& who) {
    return owners[std::hash<caf::actor_addr>{}(who) % owners.size()];
  }

  /// False when a living actor holds the unique key, or when another thread has claimed it.
  bool insert(const std::string& key, const caf::actor& who, const caf::message& value);

  /// Removes the entries of an actor under a key; with `wanted`, only those whose value it accepts.
  size_t erase(const std::string& key, const caf::actor_addr& who, const registry::predicate* wanted = nullptr);

  /// Forgets so many registrations of the actor under the key.
  void forget(const caf::actor_addr& who, const std::string& key, size_t times);

  /// Removes all entries of an actor that ended.
  void clear(const caf::actor_addr& who);

  bool is_welcome(const caf::actor& who);

  /// All entries under a key; actors that have ended may be among them.
  std::vector<registration> read(const std::string& key);

  struct listener {
    caf::actor_addr who;
    std::optional<std::string> key; ///< unset: all keys
  };

  /// REQUIRES: `listener_mutex` is locked. `bin` receives actors that must be let go without a lock, because the end of
  /// an actor uses this table.
  void add_listener(listener x, std::vector<caf::actor>& bin);

  /// The listeners of a key, when there are any.
  std::vector<caf::actor> audience(const std::string& key);
  void tell_removed(const std::vector<caf::actor>& listeners, const std::string& key, const caf::actor_addr& who) const;

  const registry_keys how;
  const std::string name;
  std::array<key_shard, 16> keys;
  std::array<owner_shard, 16> owners;
  std::atomic<bool> has_listeners{false};
  std::mutex listener_mutex;
  std::vector<listener> listeners;
};

/// Keeps a unique key for an actor that is about to be started: as long as the claim exists, no other can be registered
/// under it. Another claim of the key waits meanwhile, for as long as a start function runs; on the same thread it is
/// refused.
class name_claim {
public:
  name_claim(std::shared_ptr<registry_table> table, const std::string& key);
  ~name_claim();
  name_claim(const name_claim&) = delete;
  name_claim& operator=(const name_claim&) = delete;

  bool is_granted() const noexcept { return is_granted_; }

  /// The living actor that holds the key, when the claim was refused for it.
  const caf::actor& holder() const noexcept { return holder_; }

private:
  std::shared_ptr<registry_table> table_;
  const std::string& key_;
  caf::actor holder_;
  bool is_granted_ = false;
};

} // namespace bennu::engine
