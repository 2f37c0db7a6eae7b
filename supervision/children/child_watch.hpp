#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>

#include "supervision/process/local_message.hpp"
#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {

/// The part of a supervisor to which its children acknowledge their starts.
class supervises {
public:
  virtual ~supervises() = default;
};

/// One start of one child: a place in its supervisor's table, and the number of starts that used the place before.
/// A message with the key of an earlier start is recognised by its generation, and ignored.
struct child_key {
  uint32_t place = 0;
  uint32_t generation = 0;

  friend bool operator==(const child_key&, const child_key&) = default;
};

/// To the supervisor, at high priority: this child ended.
struct child_down {
  using local_message = void;
  child_key key;
  caf::error reason;
};

/// Sends `child_down` to `supervisor` when `child` ends. Unlike CAF's monitors it names the child by key, and a child
/// cannot remove it by unlinking.
void watch(const caf::actor& child, const caf::actor_addr& supervisor, child_key key);

/// The key under which `supervisor` watches `child`; nothing when it does not, or when the child has ended.
std::optional<child_key> watched_as(const caf::actor& child, const caf::actor_addr& supervisor);

/// Removes the watch: no `child_down` will be sent.
void unwatch(const caf::actor& child, const caf::actor_addr& supervisor);

/// The children of one supervisor that have not acknowledged their start yet, by their actor. The supervisor keeps them
/// itself: a child that acknowledges and ends at once has no monitors any more when its acknowledgement is read.
class pending_starts {
public:
  void add(const caf::actor& child, child_key key) { keys_.insert_or_assign(child.address(), key); }

  /// The start that this sender acknowledges. A child acknowledges once: later calls find nothing.
  std::optional<child_key> take(const caf::strong_actor_ptr& sender) {
    auto node = keys_.empty() ? decltype(keys_)::node_type{} : keys_.extract(caf::actor_cast<caf::actor_addr>(sender));
    return node.empty() ? std::nullopt : std::optional{node.mapped()};
  }

  /// Forgets a child that ended.
  void remove(const caf::actor& child) {
    if (!keys_.empty() && child)
      keys_.erase(child.address());
  }

  void clear() { keys_.clear(); }

private:
  std::unordered_map<caf::actor_addr, child_key> keys_;
};

} // namespace bennu::engine
