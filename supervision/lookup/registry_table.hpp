#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/message.hpp>

#include <bennu/supervision/registry.hpp>

namespace bennu::engine {

/// What the copies of a registry share: entries by key, and keys by actor, each in shards of their own.
///
/// No lock is held while a foreign actor, value or destructor could do anything: handles and values that go are carried out first.
/// Two exceptions, both short: listeners are told under the lock of the key (so that they hear things in order), and `update`.
/// At most one lock is held at a time.
struct registry_table : std::enable_shared_from_this<registry_table> {
  struct entry {
    caf::actor_addr who;
    caf::message value;
  };

  struct key_shard {
    mutable std::shared_mutex mutex;
    std::unordered_map<std::string, std::vector<entry>> entries;
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

  /// False when a living actor holds the unique key.
  bool insert(const std::string& key, const caf::actor& who, const caf::message& value);

  /// Removes the entries of an actor under a key, those with a value that is `wanted` when that is given.
  std::size_t erase(const std::string& key, const caf::actor_addr& who, const registry::predicate* wanted = nullptr);

  /// Forgets that the actor stands under the key, so many times.
  void forget(const caf::actor_addr& who, const std::string& key, std::size_t times);

  /// Removes all entries of an actor that ended.
  void clear(const caf::actor_addr& who);

  bool is_welcome(const caf::actor& who);

  /// All entries under a key; dead actors are still among them.
  std::vector<registration> read(const std::string& key);

  /// The listeners, when there are any.
  std::vector<caf::actor> audience();
  void tell_removed(const std::vector<caf::actor>& listeners, const std::string& key, const caf::actor_addr& who) const;

  const registry_keys how;
  const std::string name;
  std::array<key_shard, 16> keys;
  std::array<owner_shard, 16> owners;
  std::atomic<bool> has_listeners{false};
  std::mutex listener_mutex;
  std::vector<caf::actor_addr> listeners;
};

} // namespace bennu::engine
