#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/presence/entry.hpp"

namespace bennu::engine {

/// The presences that are visible on this node, by topic. `presence_state` and `list` are answered from it.
///
/// Invariant: the changes of one source alternate between join and leave; anything else is a programming error. A
/// plain value. Thread safety: none.
class presence_view {
public:
  /// @throws std::logic_error if a source joins twice or leaves without having joined.
  void apply(const presence_change& change);

  /// Phoenix's `presence_state`: `{key: {"metas": [meta, …]}, …}`.
  payload state(std::string_view topic) const;

  /// The presences of one key: `{"metas": […]}`; `{}` when the key is absent.
  payload by_key(std::string_view topic, std::string_view key) const;

  /// How many presences a topic has.
  size_t size(std::string_view topic) const;

  bool empty() const noexcept { return topics_.empty(); }

private:
  struct shown {
    std::string key;
    presence_meta meta;
  };
  struct hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using members = std::map<presence_source, shown>;

  const members* find(std::string_view topic) const;

  std::unordered_map<std::string, members, hash, std::equal_to<>> topics_; // no topic in it is empty
};

} // namespace bennu::engine
