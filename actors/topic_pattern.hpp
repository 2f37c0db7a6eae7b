#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bennu {

/// Which topics a channel serves: one topic (`lobby`), or all that begin with a prefix (`room:*`,
/// `*`). A `*` stands at the end alone, as in Phoenix's `channel/3`; it matches the empty rest too.
class topic_pattern {
public:
  /// @throws std::invalid_argument for an empty pattern and for a `*` that is not the last
  /// character.
  explicit topic_pattern(std::string_view pattern) : text_(pattern) {
    const auto star = text_.find('*');
    if (text_.empty())
      throw std::invalid_argument("a topic pattern must not be empty; \"*\" matches every topic");
    if (star != std::string::npos && star + 1 != text_.size())
      throw std::invalid_argument("the topic pattern \"" + text_
                                  + "\" is malformed: a '*' may only be its last character");
  }

  bool matches(std::string_view topic) const noexcept {
    return is_prefix() ? topic.starts_with(prefix()) : topic == text_;
  }

  /// What the `*` stands for in `topic`; empty for an exact pattern. REQUIRES: `matches(topic)`.
  std::string_view rest_of(std::string_view topic) const noexcept {
    return is_prefix() ? topic.substr(prefix().size()) : std::string_view{};
  }

  const std::string& text() const noexcept { return text_; }

private:
  bool is_prefix() const noexcept { return text_.back() == '*'; }
  std::string_view prefix() const noexcept { return std::string_view{text_}.substr(0, text_.size() - 1); }

  std::string text_;
};

/// Topic patterns in order, each with what serves it: the first match wins, as with Phoenix's
/// clauses. Complexity of `find`: O(number of patterns), which are few and written by hand.
template <class Route>
class topic_routes {
public:
  /// @throws std::invalid_argument for a malformed pattern, and for one that is there already: its
  /// second
  ///         route could never be reached.
  void add(std::string_view pattern, Route route) {
    for (const auto& entry : entries_)
      if (entry.first.text() == pattern)
        throw std::invalid_argument("the topic pattern \"" + entry.first.text() + "\" is routed twice");
    entries_.emplace_back(topic_pattern{pattern}, std::move(route));
  }

  /// @returns what serves `topic`, or null. Valid until the next `add`.
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
