#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>

#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {
struct registry_table;
} // namespace bennu::engine

namespace bennu {

struct start_child_command;

/// How many actors may be registered under one key.
enum class registry_keys : uint8_t {
  unique,    ///< one: a name
  duplicate, ///< many, and each as often as it likes: a topic
};

/// Why a registration was refused.
enum class registry_error : uint8_t {
  already_registered = 1, ///< a living actor is registered under this key
  not_alive,              ///< the actor has ended, or was evicted
};

/// The name of the enumerator.
std::string to_string(registry_error code);
/// Makes it a CAF error: `caf::error e = registry_error::not_alive`.
caf::error make_error(registry_error code);

/// One actor under one key, with the value of its registration.
struct registration {
  caf::actor actor;   ///< alive when the answer was made
  caf::message value; ///< what `add` was given
};

/// One entry of a registry.
struct registry_entry {
  std::string key;    ///< under which the actor is registered
  caf::actor actor;   ///< alive when the answer was made
  caf::message value; ///< what `add` was given
};

/// A message to a listener: an actor was registered under a key.
struct key_registered {
  std::string registry; ///< the name of the registry; for groups the scope
  std::string key;      ///< under which the actor was registered; for groups the group
  caf::actor actor;     ///< who was registered; it may have ended since
  caf::message value;   ///< what `add` was given; empty for groups
};

/// A message to a listener: this actor is no longer registered under the key, because it was removed or has ended.
struct key_unregistered {
  std::string registry;  ///< the name of the registry; for groups the scope
  std::string key;       ///< under which the actor was registered; for groups the group
  caf::actor_addr actor; ///< who is no longer registered
};

/// Names for actors: Elixir's Registry. Entries vanish with their actor.
///
///     registry rooms;
///     rooms.add("lobby", self);
///     rooms.find("lobby"); // from any thread, without asking anybody
///
/// It is a table and not an actor: it cannot crash, and callers do not wait for a message. It needs no place in a tree
/// and may outlive every actor in it.
///
/// Invariants:
/// 1. No answer contains an actor that had ended before the question: between an actor's end and the removal of its
///    entry, the entry is skipped, and its name can be taken already.
/// 2. The end of an actor removes its own entries and no others: a late end cannot take the name of a successor.
/// 3. Listeners are told the changes of one key in the order in which they happened.
///
/// Complexity: an operation on a key locks one of 16 shards, for a lookup in a hash table; readers do not wait for one
/// another.
///
/// Thread safety: any thread. Copies are the same registry.
class registry {
public:
  /// Chooses registrations by their value.
  using predicate = std::function<bool(const caf::message& value)>;

  /// `name` identifies the registry in messages to listeners.
  explicit registry(registry_keys how = registry_keys::unique, std::string name = "registry");

  /// Registers an actor under a key. @returns no error, or a `registry_error`; for unique keys `already_registered` is
  /// also the answer to the actor that holds the name itself.
  caf::error add(const std::string& key, const caf::actor& who, caf::message value = {}) const;

  /// Removes all entries of an actor under a key. @returns how many there were.
  size_t remove(const std::string& key, const caf::actor& who) const;

  /// Removes those of these entries whose value satisfies `wanted`, which runs under a lock: it must be short, and must
  /// not use the registry.
  size_t remove_if(const std::string& key, const caf::actor& who, const predicate& wanted) const;

  /// Removes all entries of an actor and refuses it from then on. Use it for an actor that is stuck and was replaced.
  void evict(const caf::actor& who) const;

  /// The registrations under the key, in their order.
  std::vector<registration> lookup(const std::string& key) const;

  /// The actor that is registered under the key (the first of many); null when none is.
  caf::actor find(const std::string& key) const;

  /// The keys of this actor, each as often as it is registered under it.
  std::vector<std::string> keys(const caf::actor& who) const;

  /// The values of an actor under a key.
  std::vector<caf::message> values(const std::string& key, const caf::actor& who) const;

  /// Replaces the value of an actor under a unique key. @returns whether it is registered there.
  /// REQUIRES: unique keys. `change` runs under a lock: it must be short, and must not use the registry.
  bool update(const std::string& key, const caf::actor& who,
              const std::function<caf::message(const caf::message&)>& change) const;

  /// The registrations under the key whose value satisfies `wanted`.
  std::vector<registration> match(const std::string& key, const predicate& wanted) const;

  /// All entries for which `wanted` is true, in no order (Elixir: `Registry.select`). O(n): it looks at every entry.
  /// `wanted` runs without a lock, on a copy of one shard after another: what is registered meanwhile may be missing.
  std::vector<registry_entry> select(const std::function<bool(const registry_entry&)>& wanted) const;

  /// The number of all entries. O(n): it looks at each of them.
  size_t count() const;
  /// The number of entries under one key.
  size_t count(const std::string& key) const;

  /// Sends the message once per entry under the key. @returns how many were sent.
  size_t dispatch(const std::string& key, const caf::message& content) const;

  /// Calls `f` once with all registrations under the key, and not at all when there is none (Elixir:
  /// `Registry.dispatch`): for messages that depend on the value, or for choosing one of many. Runs in the caller,
  /// without a lock. @returns how many there were.
  size_t dispatch(const std::string& key, const std::function<void(const std::vector<registration>&)>& f) const;

  /// From now on this actor is sent `key_registered` and `key_unregistered`, until it ends. A
  /// second call with the same actor changes nothing.
  void listen(const caf::actor& listener) const;

  /// The registrations under one key now; from then on this actor is sent `key_registered` and `key_unregistered` for
  /// that key, none missed and none twice, until it ends or `stop_listening` is called. A second call with the same key
  /// and actor only answers again.
  std::vector<registration> listen(const std::string& key, const caf::actor& listener) const;

  /// Ends `listen(key, listener)`. What was sent before may still be in the mailbox.
  void stop_listening(const std::string& key, const caf::actor& listener) const;

  /// Makes a spec that registers every actor which `spec` starts under the key (Elixir: a name `{:via, Registry, …}`).
  /// The name is taken before the start function is called. When another actor holds it, nothing is started, and the
  /// start fails with `already_started`, and `actor_of` gives the holder. The name passes from one start to the next
  /// even when the former actor has never ended: that one is evicted.
  child_spec naming(std::string key, child_spec spec, caf::message value = {}) const;

  /// Makes a command for a supervisor, preferably a dynamic one: it starts this child under the key, unless an actor
  /// holds the key already. The answer is `child_started` with the new or the existing actor. Of several commands at
  /// the same time one starts the child, and all are answered with the same actor. Send it with `request` when
  /// `find(key)` finds nothing.
  ///
  ///     self->request(pool, caf::infinite, rooms.get_or_start("lobby", child<room>("room", "lobby")))
  ///       .then([](const child_started& x) { … }, [](caf::error& why) { … });
  start_child_command get_or_start(std::string key, child_spec spec, caf::message value = {}) const;

private:
  class janitor;
  start_result start_named(const std::string& key, const caf::message& value,
                           const std::function<start_result()>& start, caf::actor_addr& former) const;
  std::shared_ptr<engine::registry_table> table_;
};

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::key_registered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::key_unregistered)
