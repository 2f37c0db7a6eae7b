#pragma once

#include <optional>
#include <unordered_map>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>

#include "supervision/children/child_watch.hpp"

namespace bennu::engine {

/// The children of one supervisor that have not acknowledged their start yet, by their actor. The supervisor keeps them itself: a
/// child that acknowledges and ends at once has no monitors any more when its acknowledgement is read.
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
