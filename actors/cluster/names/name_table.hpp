#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <caf/actor_control_block.hpp>
#include <caf/meta/type_name.hpp>

namespace bennu::engine {

/// An actor that has a name in the whole cluster, as nodes tell each other.
struct name_entry {
  std::string name;
  caf::strong_actor_ptr who; ///< null: the name is free again
  uint64_t since = 0;        ///< when it was registered, in microseconds since 1970 by the clock of its node

  friend bool operator==(const name_entry&, const name_entry&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, name_entry& x) {
  return f(x.name, x.who, x.since);
}

/// The names of the cluster, as one node knows them: those of its own actors, which only this node changes, and those
/// that each connected node has told it.
///
/// Invariants
/// 1. When several actors have one name, the one that registered first wins; of actors with the same time, the one
///    whose node's name sorts first. So all nodes that know the same entries agree.
/// 2. An own entry that loses against another one is removed as soon as the other one is known.
///
/// A plain value. Thread safety: none.
class name_table {
public:
  explicit name_table(std::string node) : node_(std::move(node)) {}

  /// Registers an own actor.
  /// @returns false when another actor has the name.
  bool add(name_entry x);

  /// Unregisters an own actor.
  /// @returns false when the actor does not have the name.
  bool remove(const std::string& name, const caf::actor_control_block* who);

  /// Takes the names of another node; with `whole` they replace all earlier ones.
  /// @returns the own entries that lost their names.
  std::vector<name_entry> receive(const std::string& node, bool whole, const std::vector<name_entry>& received);

  /// The node is disconnected: the names of its actors are free.
  void forget(const std::string& node) { others_.erase(node); }

  /// @returns the actor that has the name, or null.
  caf::strong_actor_ptr find(const std::string& name) const;

  /// All names, sorted.
  std::vector<std::string> names() const;

  std::vector<name_entry> own() const;

private:
  using entries = std::map<std::string, name_entry>;

  struct claim {
    const name_entry* entry = nullptr;
    const std::string* node = nullptr;
  };

  claim best(const std::string& name) const;

  std::string node_;
  entries own_;
  std::map<std::string, entries> others_;
};

/// A message with the names of one node. CAF transports it beside the blocks of a session, because it contains actor
/// handles.
struct names_message {
  uint64_t session = 0; ///< the sender's number of the session; messages of other sessions are ignored
  bool whole = false;   ///< whether it has all names of the sender, or only the changes
  std::vector<name_entry> entries;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, names_message& x) {
  return f(caf::meta::type_name("bennu.name_packet"), x.session, x.whole, x.entries);
}

/// The names of the cluster, as the links need them. Thread safety: any thread may call it.
class shared_names {
public:
  virtual ~shared_names() = default;

  /// All names of this node.
  virtual std::vector<name_entry> own() const = 0;

  /// Takes the names of another node, and the loss of a node.
  virtual void receive(const std::string& node, const names_message& x) = 0;
  virtual void lost(const std::string& node) = 0;
};

} // namespace bennu::engine
