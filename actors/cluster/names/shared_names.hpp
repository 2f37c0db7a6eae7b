#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>

#include "actors/cluster/names/name_table.hpp"

namespace bennu::engine {

/// A message with the names of one node. CAF transports it beside the blocks of a session, because it contains actor
/// handles.
struct name_packet {
  uint64_t session = 0; ///< the sender's number of the session; messages of other sessions are ignored
  bool whole = false;   ///< whether it has all names of the sender, or only the changes
  std::vector<name_entry> entries;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, name_packet& x) {
  return f(caf::meta::type_name("bennu.name_packet"), x.session, x.whole, x.entries);
}

/// The names of the cluster, as the links need them. Thread safety: any thread may call it.
class shared_names {
public:
  virtual ~shared_names() = default;

  /// All names of this node.
  virtual std::vector<name_entry> own() const = 0;

  /// Takes the names of another node, and the loss of a node.
  virtual void receive(const std::string& node, const name_packet& x) = 0;
  virtual void lost(const std::string& node) = 0;
};

} // namespace bennu::engine
