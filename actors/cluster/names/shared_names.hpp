#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>

#include "actors/cluster/names/name_table.hpp"

namespace bennu::engine {

/// What one node tells another of its names. It travels beside the blocks of a session, by CAF, since it carries actor handles.
struct name_packet {
  uint64_t session = 0; ///< the sender's number of the session: of another one it is nothing worth
  bool whole = false;   ///< all names of the sender; else what changed
  std::vector<name_entry> entries;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, name_packet& x) {
  return f(caf::meta::type_name("bennu.name_packet"), x.session, x.whole, x.entries);
}

/// The names of the cluster, as the links carry them. Thread safety: any thread.
class shared_names {
public:
  virtual ~shared_names() = default;

  /// All that this node has.
  virtual std::vector<name_entry> own() const = 0;

  /// What a node said, and that it is lost.
  virtual void receive(const std::string& node, const name_packet& x) = 0;
  virtual void lost(const std::string& node) = 0;
};

} // namespace bennu::engine
