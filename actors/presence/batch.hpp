#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/presence/entry.hpp"
#include <bennu/actors/payload.hpp>

namespace bennu::engine {

/// The client of a channel that tracks itself. Changes that its channel makes to presences reach it immediately,
/// before the channel's later pushes, as in Phoenix. The diff of the window then omits them for this client.
class presence_teller {
public:
  virtual ~presence_teller() = default;

  /// The client's number; 0 when it cannot be told at the moment.
  virtual uint64_t client() const noexcept = 0;

  /// Sends this diff to it. REQUIRES: client() != 0
  virtual void tell(const payload& diff) = 0;

  /// Its channel has the current list of the topic and may push it. `last` is the last change in the list.
  virtual void listed(uint64_t last) noexcept = 0;
};

} // namespace bennu::engine

namespace bennu {
class presence_handler;
} // namespace bennu

namespace bennu::engine {

/// Calls `f`, which calls the application with data from clients. An exception is reported as
/// `presence.handler_failed {} {callback, topic, text}` and affects nothing else.
void guard_handler(caf::actor_system& system, std::string_view callback, const std::string& topic,
                   const std::function<void()>& f);

/// A diff as clients receive it: with the data of the application's `fetch`, or unchanged when there is no handler,
/// when `fetch` throws, or when it is nested too deep. `handler` may be null.
payload enriched_diff(caf::actor_system& system, presence_handler* handler, const std::string& topic, payload diff);

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

/// One diff: `{"joins": {…}, "leaves": {…}}`, and how many keys each side has.
struct counted_diff {
  payload body;
  size_t joins = 0;
  size_t leaves = 0;
};

/// The diffs of these changes, in order. More than one when a presence that joined
/// leaves or is updated; none when all changes cancel out.
std::vector<counted_diff> presence_diffs(const std::vector<const presence_change*>& changes);

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
  std::vector<counted_diff> diffs() const;

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
