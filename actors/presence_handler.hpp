#pragma once

#include <string>

#include <bennu/actors/payload.hpp>

namespace bennu {

/// What an application adds to presence: written by the user, one for a node. Source: Phoenix.Presence, `fetch/2` and `handle_metas/4`.
///
/// Thread safety: the callbacks run on several threads at once. They must not block: what needs a database reads it before it tracks.
class presence_handler {
public:
  virtual ~presence_handler() = default;

  /// Enriches presences before clients see them: of a whole topic, of one key, and the joins and the leaves of a difference.
  /// Returns `presences` with more in it: `{key: {"metas": [...], "user": {...}}, ...}`. Keys and metas must stay.
  virtual json fetch(const std::string& topic, json presences);

  /// Somebody came, went or changed, here or on another node; called once for each diff, on every node.
  /// `difference` is what clients get as `presence_diff`, `present` what is there now: `{key: {"metas": [...]}, ...}`, not fetched.
  /// An exception crashes the shard, whose state stays.
  virtual void handle_metas(const std::string& topic, const json& difference, const json& present);
};

} // namespace bennu
