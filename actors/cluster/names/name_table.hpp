#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <caf/actor_control_block.hpp>

namespace bennu::engine {

/// An actor under a name of the whole cluster, as nodes tell it each other.
struct name_entry {
  std::string name;
  caf::strong_actor_ptr who; ///< null: nobody any more
  uint64_t since = 0;        ///< when it was registered, in microseconds since 1970 by its node's clock

  friend bool operator==(const name_entry&, const name_entry&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, name_entry& x) {
  return f(x.name, x.who, x.since);
}

/// The names of the cluster as one node knows them: its own actors', which it alone writes, and those that each connected node told.
///
/// Invariants
/// 1. Of several actors under one name the one that stands there for longest has it; of equally long ones that of the node whose name
///    comes first. All nodes that know the same entries so say the same.
/// 2. A node's own entry that another one wins against is taken out as soon as that one is known.
///
/// A plain value; not thread-safe.
class name_table {
public:
  explicit name_table(std::string node) : node_(std::move(node)) {}

  /// An own actor takes a name. @returns false when one that is known has it.
  bool add(name_entry x);

  /// An own actor leaves a name. @returns false when it does not stand there.
  bool remove(const std::string& name, const caf::actor_control_block* who);

  /// What another node says: `whole` begins anew. @returns the own entries that lost their names by it.
  std::vector<name_entry> receive(const std::string& node, bool whole, const std::vector<name_entry>& entries);

  /// The node is not connected any more: its actors leave their names.
  void forget(const std::string& node) { others_.erase(node); }

  /// Who has the name; null when nobody has.
  caf::strong_actor_ptr find(const std::string& name) const;

  /// All names, in order.
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

} // namespace bennu::engine
