#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/presence/entry.hpp"

namespace bennu::engine {

/// A change, with its position among all changes of its shard.
struct numbered_change {
  uint64_t number = 0;
  presence_change change;
};

/// What one client knows of the presences of its topic, apart from what broadcasts contain.
struct presence_knowledge {
  /// Its number, which no other client ever has; it was told immediately of the changes with this number.
  uint64_t client = 0;
  uint64_t known = 0; ///< the last change in the state that was pushed to it
};

/// The diffs of these changes, in order: `{"joins": {…}, "leaves": {…}}`. More than one when something that joined
/// leaves or is updated; none when all changes cancel out.
std::vector<payload> presence_diffs(const std::vector<const presence_change*>& changes);

/// The changes of one topic in one window, in order.
///
/// Most clients know none of them and receive the same diffs. A client whose channel tracked itself was told
/// immediately, and one that received the state within this window knows all changes up to a point. Such a client
/// receives the diffs of the other changes, so that it is told nothing twice.
///
/// A plain value; once it is shared, any thread may read it.
class presence_batch {
public:
  explicit presence_batch(std::vector<numbered_change> changes) : changes_(std::move(changes)) {}

  /// The diffs for a client that knows none of the changes.
  std::vector<payload> diffs() const;

  /// Whether this client knows some or all of the changes.
  bool is_known_in_part(const presence_knowledge& x) const noexcept;

  /// The diffs for such a client, with the application's data.
  std::vector<payload> rest(const presence_knowledge& x) const;

  /// The data that the application adds to a diff; may be empty.
  std::function<payload(payload)> enrich;

private:
  std::vector<numbered_change> changes_; // not empty
};

} // namespace bennu::engine
