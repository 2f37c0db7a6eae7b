#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace bennu::engine {

/// Finds values in JSON text and checks them on the way, without building anything.
///
/// Strict RFC 8259 with valid UTF-8; a byte order mark is refused (§8.1), and so is a number with a fraction or an exponent that is too
/// large for a double. An integer may have any number of digits, as in Elixir. Not recursive: nesting
/// costs one bit a level, on the heap beyond 64 levels. Complexity: O(n), one pass.
///
/// A value type over somebody else's text; not thread-safe.
class json_scanner {
public:
  /// REQUIRES: `text` outlives the scanner and every slice it hands out.
  explicit json_scanner(std::string_view text) noexcept
    : begin_(text.data()), pos_(begin_), end_(begin_ + text.size()) {}

  /// Consumes `c` if it is the next character that is not white space.
  bool accept(char c) noexcept;

  /// Consumes one value of any type.
  /// @returns its raw text, without the space around it; or nothing: see `problem()`.
  std::optional<std::string_view> value();

  /// Consumes one string, for instance the name of a member.
  /// @returns its raw text with the quotes; or nothing: see `problem()`.
  std::optional<std::string_view> string();

  /// Whether only white space is left.
  bool at_end() noexcept;

  /// What is wrong, once a call has failed; null before.
  const char* problem() const noexcept { return problem_; }

  /// Where the scanner stands, in bytes from the beginning.
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

/// Whether `text` is one JSON value with nothing but white space around it.
bool is_json(std::string_view text);

} // namespace bennu::engine
