#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/presence/entry.hpp"

namespace bennu::engine {

/// Collects changes for a moment, so that those of a thousand presences reach the clients as one message a topic.
///
/// A client that asks for the list in this moment sees some of the changes before it is told of them. So nothing that joined may go
/// untold: a leave of what joined within the window begins another diff, behind the one with the join, as in Phoenix, where every
/// change is a diff of its own. Only a leave and the very same again (a link that was lost for a moment) cancel.
///
/// A plain value; not thread-safe.
class presence_window {
public:
  /// One topic's `presence_diff`: `{"joins": {…}, "leaves": {…}}`.
  struct diff {
    std::string topic;
    payload body;
  };

  void add(const presence_change& change);

  /// Whether nothing was added since the last flush.
  bool empty() const noexcept { return topics_.empty(); }

  /// The diffs, by topic and in order; the window is empty then. Those in which all cancelled are left out.
  std::vector<diff> flush();

private:
  struct span {
    std::string key;
    std::optional<presence_meta> before;
    std::optional<presence_meta> after;
  };
  using spans = std::map<presence_source, span>;

  static std::optional<payload> encode(spans& changed);

  std::map<std::string, std::vector<spans>, std::less<>> topics_; ///< the diffs of each
};

} // namespace bennu::engine
