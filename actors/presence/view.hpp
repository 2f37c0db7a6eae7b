#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/presence/entry.hpp"

namespace bennu::engine {

/// What is visible on this node, by topic: what `presence_state` and `list` answer from.
///
/// Invariant: the changes of one source alternate join and leave; one that does not is a
/// programming error. A plain value; not thread-safe.
class presence_view {
public:
  /// @throws std::logic_error if a source joins twice or leaves without having joined.
  void apply(const presence_change& change);

  /// Phoenix's `presence_state`: `{key: {"metas": [meta, …]}, …}`.
  payload state(std::string_view topic) const;

  /// The same of one key: `{"metas": […]}`; `{}` when it is not there.
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

  std::unordered_map<std::string, members, hash, std::equal_to<>> topics_; // no topic is empty
};

} // namespace bennu::engine
