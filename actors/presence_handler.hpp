#pragma once

#include <string>

#include <bennu/actors/payload.hpp>

namespace bennu {

/// Adds an application's data to presences. The user derives a class from it; a node has one instance.
///
/// When a callback throws, the telemetry event `presence.handler_failed` reports it, and nothing else is affected. If
/// `fetch` throws for a diff, clients receive the diff unchanged. If it throws for `presence::list` or `get_by_key`,
/// their caller gets the exception. Presences that are nested deeper than `payload::max_depth` are not passed to the
/// callbacks; clients receive them unchanged.
///
/// Thread safety: the callbacks run on several threads at once and must not block. Read what a database must supply
/// before the call of `track`.
/// Source: Phoenix.Presence, `fetch/2` and `handle_metas/4`.
class presence_handler {
public:
  virtual ~presence_handler() = default;

  /// Extends presences before clients receive them: a whole topic, one key, or the joins or leaves of a diff.
  /// @returns `presences` with additional members: `{key: {"metas": [...], "user": {...}}, ...}`. Keys and metas must
  /// stay unchanged.
  virtual json fetch(const std::string& topic, json presences);

  /// Called for each diff on every node, after presences joined, left or changed on any node. `difference` is what
  /// clients receive as `presence_diff`. `present` has the current presences, `{key: {"metas": [...]}, ...}`, without
  /// the data of `fetch`.
  virtual void handle_metas(const std::string& topic, const json& difference, const json& present);
};

} // namespace bennu
