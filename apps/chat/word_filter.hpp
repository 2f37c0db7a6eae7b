#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

namespace chat {

/// Text in the form in which words are compared: every letter of Unicode that has a lower case, in it.
std::string fold_case(std::string_view utf8);

/// Refuses texts that hold one of its words, as a whole word and without case.
/// Thread safety: any thread; immutable.
class word_filter {
public:
  /// Refuses nothing.
  word_filter() = default;

  /// One word a line; empty lines and those that begin with `#` are skipped.
  static word_filter from_text(std::string_view text);

  /// @throws std::runtime_error when the file cannot be read.
  static word_filter from_file(const std::string& path);

  bool refuses(std::string_view utf8) const;

private:
  std::unordered_set<std::string> words_;
};

} // namespace chat
