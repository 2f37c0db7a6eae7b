#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

namespace chat {

/// Refuses texts that hold one of its words, as a whole word and in its `folded` form: without case, and whatever
/// invisible characters stand in it.
/// Thread safety: any thread; immutable.
class word_filter {
public:
  /// An empty filter, which refuses nothing.
  word_filter() = default;

  /// Reads one word per line. Empty lines and lines that begin with `#` are skipped.
  static word_filter from_text(std::string_view text);

  /// @throws std::runtime_error when the file cannot be read.
  static word_filter from_file(const std::string& path);

  bool refuses(std::string_view utf8) const;

private:
  std::unordered_set<std::string> words_;
};

} // namespace chat
