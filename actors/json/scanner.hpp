#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace bennu::engine {

/// Finds values in JSON text and checks them, without building anything.
///
/// It follows RFC 8259 strictly, with valid UTF-8. It refuses a byte order mark (§8.1), and a number with a fraction
/// or an exponent that is too large for a double. An integer may have any number of digits, as in Elixir. It is not
/// recursive: nesting costs one bit per level, on the heap beyond 64 levels. Complexity: O(n), one pass.
///
/// A plain value over a text that it does not own. Thread safety: none.
class json_scanner {
public:
  /// REQUIRES: `text` outlives the scanner and all views that it returns.
  explicit json_scanner(std::string_view text) noexcept
    : begin_(text.data()), pos_(begin_), end_(begin_ + text.size()) {}

  /// Consumes `c` if it is the next character that is not white space.
  bool accept(char c) noexcept;

  /// Consumes one value of any type.
  /// @returns its raw text without surrounding white space, or nothing: see `problem()`.
  std::optional<std::string_view> value();

  /// Consumes one string, such as the name of a member.
  /// @returns its raw text with the quotes, or nothing: see `problem()`.
  std::optional<std::string_view> string();

  /// Whether only white space is left.
  bool at_end() noexcept;

  /// What is wrong, after a call has failed; null before.
  const char* problem() const noexcept { return problem_; }

  /// The position of the scanner, in bytes from the beginning.
  size_t offset() const noexcept { return static_cast<size_t>(pos_ - begin_); }

private:
  class nesting;
  enum class step { failed, opened, complete };

  step begin_value(nesting& open);
  step open_container(nesting& open, bool object);
  step end_value(nesting& open);
  bool member_name();
  bool skip_string();
  bool skip_escape();
  bool skip_number();
  bool skip_literal(std::string_view word);
  void skip_space() noexcept;
  bool fail(const char* problem) noexcept;

  const char* begin_;
  const char* pos_;
  const char* end_;
  const char* problem_ = nullptr;
};

/// How many values `text` has: itself, the elements of its arrays, the members of its objects. An empty array or object
/// counts as two. REQUIRES: `text` is JSON. Complexity: O(n).
size_t count_json_values(std::string_view text) noexcept;

/// Whether `text` is one JSON value, with only white space around it.
bool is_json(std::string_view text);

} // namespace bennu::engine
