#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervision/process/local_message.hpp"
#include <bennu/supervision/supervisor_commands.hpp>

namespace bennu::engine {

/// What a search sees of a child.
struct seen_child {
  std::string id;
  std::string_view last_crash;
  uint64_t actor = 0; ///< its number; 0: there is none
  child_type type = child_type::worker;
};

/// Asks a supervisor for some of its children, so that a hundred thousand of them do not keep it busy. It looks at some
/// for each message, and answers `children_part`; whoever wants more asks again from `next` on. A static supervisor
/// lists its children in the order of their start, a dynamic one in none. A child that comes or goes meanwhile may be
/// missed.
struct list_children_command {
  using local_message = void;

  size_t at = 0;                                       ///< the `next` of the part before
  size_t skip = 0;                                     ///< so many matching ones are only counted
  size_t limit = 50;                                   ///< so many of the following ones are answered
  std::function<bool(const seen_child&)> matches = {}; ///< runs in the supervisor; must not throw; null: all match
};

struct children_part {
  using local_message = void;

  std::vector<child_info> rows;
  size_t total = 0;           ///< how many children the supervisor has
  size_t matches = 0;         ///< how many of this part match
  std::optional<size_t> next; ///< where the next part begins; nothing: this is the last one
};

/// Puts a `children_part` together while a supervisor goes through its children.
class part_builder {
public:
  /// How many children one message looks at: about 100 µs with a search, which reads the text of each.
  static constexpr size_t most_searched = 500;
  static constexpr size_t most_counted = 20'000;

  part_builder(const list_children_command& x, size_t total) : of_(x) { result.total = total; }

  /// How many places may be looked at.
  size_t reach() const noexcept { return of_.matches ? most_searched : most_counted; }

  /// Whether a further child can be a row of the answer. Without a search nothing else is asked of it.
  bool wants_more() const noexcept { return of_.matches || result.matches < of_.skip + of_.limit; }

  /// `see` gives the `seen_child`, and `tell` the `child_info`, of the next child.
  template <class See, class Tell>
  void take(See see, Tell tell) {
    if (of_.matches && !of_.matches(see()))
      return;
    if (result.matches++ >= of_.skip && result.rows.size() < of_.limit)
      result.rows.push_back(tell());
  }

  children_part result;

private:
  const list_children_command& of_;
};

} // namespace bennu::engine
