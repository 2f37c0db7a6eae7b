#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/presence/entry.hpp"

namespace bennu {

/// Collects changes for a moment, so that a thousand of them reach the clients as one message a
/// topic.
///
/// Of each presence only the states before and after the window count: a join and a leave within it
/// cancel, several updates become one whose `phx_ref_prev` names what the clients have.
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

  /// The diffs, by topic; the window is empty then. Topics in which all cancelled are left out.
  std::vector<diff> flush();

private:
  struct span {
    std::string key;
    std::optional<presence_meta> before;
    std::optional<presence_meta> after;
  };
  using spans = std::map<presence_source, span>;

  static std::optional<payload> encode(spans& changed);

  std::map<std::string, spans, std::less<>> topics_;
};

} // namespace bennu
