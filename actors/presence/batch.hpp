#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/presence/entry.hpp"

namespace bennu::engine {

/// A change, and its place among all changes of its shard.
struct numbered_change {
  uint64_t number = 0;
  presence_change change;
};

/// What one client knows of the presences of its topic besides what broadcasts tell it.
struct presence_knowledge {
  uint64_t client = 0; ///< its number, which no other client ever has; it was told at once of the changes that carry it
  uint64_t known = 0;  ///< the last change that is in the state which it was pushed
};

/// The diffs of these changes, in order: `{"joins": {…}, "leaves": {…}}`. More than one where something that joined leaves or is updated;
/// none where all cancel.
std::vector<payload> presence_diffs(const std::vector<const presence_change*>& changes);

/// The changes of one topic in one window, in order.
///
/// Most clients know none of them, and are sent the same diffs. A client whose channel tracked itself was told so at once, and one that was
/// pushed the state in this window knows all up to a point: it is sent the diffs of the rest, so that nothing is told twice.
///
/// A plain value; once it is shared any thread may read it.
class presence_batch {
public:
  explicit presence_batch(std::vector<numbered_change> changes) : changes_(std::move(changes)) {}

  /// For a client that knows none of it.
  std::vector<payload> diffs() const;

  /// Whether this client knows a part, or all, of it.
  bool is_known_in_part(const presence_knowledge& x) const noexcept;

  /// For such a client; enriched.
  std::vector<payload> rest(const presence_knowledge& x) const;

  /// What the application adds to a diff; may be empty.
  std::function<payload(payload)> enrich;

private:
  std::vector<numbered_change> changes_; // not empty
};

} // namespace bennu::engine
