#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>

#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {

/// Which start of which child: a place in its supervisor's table, and how many children had it before.
/// What an earlier holder of the place sends is recognised by its generation, and void.
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

/// Has `supervisor` told by `child_down` when `child` ends. Unlike CAF's monitors it names the child by key, and a child
/// cannot take it off by unlinking.
void watch(const caf::actor& child, const caf::actor_addr& supervisor, child_key key);

/// The key under which `supervisor` watches `child`; none when it does not, or when the child is dead.
std::optional<child_key> watched_as(const caf::actor& child, const caf::actor_addr& supervisor);

/// Takes the watch off: no `child_down` is sent any more.
void unwatch(const caf::actor& child, const caf::actor_addr& supervisor);

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::child_down)
