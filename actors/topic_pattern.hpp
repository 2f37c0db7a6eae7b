#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bennu {

/// The topics that a channel serves: one topic (`lobby`), or all topics with a prefix (`room:*`, `*`). A `*` may only
/// be the last character; it matches any rest, also an empty one. Source: Phoenix.Socket, `channel/3`.
class topic_pattern {
public:
  /// @throws std::invalid_argument when the pattern is empty or a `*` is not its last character.
  explicit topic_pattern(std::string_view pattern) : text_(pattern) {
    const auto star = text_.find('*');
    if (text_.empty())
      throw std::invalid_argument("a topic pattern must not be empty; \"*\" matches every topic");
    if (star != std::string::npos && star + 1 != text_.size())
      throw std::invalid_argument("the topic pattern \"" + text_
                                  + "\" is malformed: a '*' may only be its last character");
  }

  /// Whether the pattern covers this topic.
  bool matches(std::string_view topic) const noexcept {
    return is_prefix() ? topic.starts_with(prefix()) : topic == text_;
  }

  /// The part of `topic` that the `*` matches; empty when the pattern has no `*`. REQUIRES: `matches(topic)`.
  std::string_view rest_of(std::string_view topic) const noexcept {
    return is_prefix() ? topic.substr(prefix().size()) : std::string_view{};
  }

  const std::string& text() const noexcept { return text_; } ///< the pattern as it was given

private:
  bool is_prefix() const noexcept { return text_.back() == '*'; }
  std::string_view prefix() const noexcept { return std::string_view{text_}.substr(0, text_.size() - 1); }

  std::string text_;
};

/// Topic patterns in order, each with its route. The first pattern that matches wins, as in Phoenix.
/// Complexity of `find`: O(number of patterns).
template <class Route>
class topic_routes {
public:
  /// @throws std::invalid_argument when the pattern is malformed, or when it was added before, because its second route
  /// could never be reached.
  void add(std::string_view pattern, Route route) {
    for (const auto& entry : entries_)
      if (entry.first.text() == pattern)
        throw std::invalid_argument("the topic pattern \"" + entry.first.text() + "\" is routed twice");
    entries_.emplace_back(topic_pattern{pattern}, std::move(route));
  }

  /// @returns the route of `topic`, or null. The pointer is valid until the next `add`.
  const Route* find(std::string_view topic) const noexcept {
    for (const auto& [pattern, route] : entries_)
      if (pattern.matches(topic))
        return &route;
    return nullptr;
  }

private:
  std::vector<std::pair<topic_pattern, Route>> entries_;
};

} // namespace bennu
