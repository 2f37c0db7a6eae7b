#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>

#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {

/// One start of one child: a place in its supervisor's table, and the number of starts that used the place before.
/// A message with the key of an earlier start is recognised by its generation, and ignored.
struct child_key {
  std::uint32_t place = 0;
  std::uint32_t generation = 0;

  friend bool operator==(const child_key&, const child_key&) = default;
};

/// To the supervisor, at high priority: this child ended.
struct child_down {
  child_key key;
  caf::error reason;
};

/// Sends `child_down` to `supervisor` when `child` ends. Unlike CAF's monitors it names the child by key, and a child cannot
/// remove it by unlinking.
void watch(const caf::actor& child, const caf::actor_addr& supervisor, child_key key);

/// The key under which `supervisor` watches `child`; nothing when it does not, or when the child has ended.
std::optional<child_key> watched_as(const caf::actor& child, const caf::actor_addr& supervisor);

/// Removes the watch: no `child_down` will be sent.
void unwatch(const caf::actor& child, const caf::actor_addr& supervisor);

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::child_down)
