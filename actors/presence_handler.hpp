#pragma once

#include <string>

#include <bennu/actors/payload.hpp>

namespace bennu {

/// What an application adds to presence: written by the user, one for a node. Source: Phoenix.Presence, `fetch/2` and `handle_metas/4`.
///
/// Thread safety: the callbacks run on several threads at once. They must not block: what needs a database reads it before it tracks.
///
/// Errors: an exception of a callback harms nobody else. It is reported as the telemetry event `presence.handler_failed`; where `fetch` threw
/// for a difference, clients get it as it was before. Where it threw for `presence::list` or `get_by_key`, their caller gets the exception.
/// Presences that are nested deeper than `payload::max_depth` are not given to the callbacks, and reach clients as they are.
class presence_handler {
public:
  virtual ~presence_handler() = default;

  /// Enriches presences before clients see them: of a whole topic, of one key, and the joins and the leaves of a difference.
  /// Returns `presences` with more in it: `{key: {"metas": [...], "user": {...}}, ...}`. Keys and metas must stay.
  virtual json fetch(const std::string& topic, json presences);

  /// Somebody came, went or changed, here or on another node; called once for each diff, on every node.
  /// `difference` is what clients get as `presence_diff`, `present` what is there now: `{key: {"metas": [...]}, ...}`, not fetched.
  virtual void handle_metas(const std::string& topic, const json& difference, const json& present);
};

} // namespace bennu
