#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/presence/entry.hpp"

namespace bennu::engine {

/// Collects changes for a short time, so that the changes of a thousand presences reach each client as one message
/// per topic.
///
/// A client that asks for the list meanwhile sees some changes before their diff arrives. So no join may be left out:
/// when something that joined within the window leaves, a second diff with the leave follows the one with the join,
/// as in Phoenix, where every change is a separate diff. Only a leave that is followed by the same presence again (a
/// link that was lost for a moment) cancels out.
///
/// A plain value. Thread safety: none.
class presence_window {
public:
  /// One topic's `presence_diff`: `{"joins": {…}, "leaves": {…}}`.
  struct diff {
    std::string topic;
    payload body;
  };

  void add(const presence_change& change);

  /// Whether nothing has been added since the last flush.
  bool empty() const noexcept { return topics_.empty(); }

  /// Takes the diffs of all topics, in order, without those that became empty. The window is empty afterwards.
  std::vector<diff> flush();

private:
  struct span {
    std::string key;
    std::optional<presence_meta> before;
    std::optional<presence_meta> after;
  };
  using spans = std::map<presence_source, span>;

  static std::optional<payload> encode(spans& changed);

  std::map<std::string, std::vector<spans>, std::less<>> topics_; ///< the diffs of each topic
};

} // namespace bennu::engine
