#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace bennu {

/// The rule that a text must obey to be accepted; see `checked_text`.
struct text_rule {
  std::string_view name;          ///< begins the error text: "the key of a presence"
  size_t max_bytes = 0;           ///< of its UTF-8
  bool may_have_controls = false; ///< U+0000 to U+001F and U+007F to U+009F

  /// Checks `text`. @returns nothing when it obeys the rule, otherwise a sentence that says what is wrong. UTF-8 is
  /// that of RFC 3629.
  std::optional<std::string> problem(std::string_view text) const;

  /// `text` with U+FFFD for each byte and character that breaks the rule, cut between two characters at `max_bytes`.
  std::string repaired(std::string_view text) const;
};

/// A text that obeys `Rule`, a constant of type `text_rule`: valid UTF-8, with a maximum of bytes, and without
/// control characters unless the rule allows them. Text from a client, another node or an operator is checked once,
/// where it enters, and has this type from then on. Functions that take it need no check, and no later step can fail
/// because of it.
///
///     inline constexpr text_rule nickname_rule{.name = "a nickname", .max_bytes = 32};
///     using nickname = checked_text<nickname_rule>;
///
/// Thread safety: that of `std::string`.
template <const text_rule& Rule>
class checked_text {
public:
  checked_text() = default;

  /// @throws std::invalid_argument if `text` breaks the rule; the error says where.
  template <class Text>
  requires std::convertible_to<Text, std::string_view> &&(!std::same_as<std::remove_cvref_t<Text>, checked_text>)
    checked_text(Text&& text)
    : text_(std::string_view{text}) { // NOLINT(google-explicit-constructor)
    if (const auto why = Rule.problem(text_))
      throw std::invalid_argument(*why);
  }

  /// @returns nothing when `text` breaks the rule.
  static std::optional<checked_text> parse(std::string_view text) {
    if (Rule.problem(text))
      return std::nullopt;
    return checked_text{trusted{}, std::string{text}};
  }

  /// The closest text that obeys the rule; see `text_rule::repaired`.
  static checked_text repaired(std::string_view text) { return {trusted{}, Rule.repaired(text)}; }

  const std::string& str() const noexcept { return text_; } ///< the text
  /// The text, for functions that take any.
  operator const std::string&() const noexcept { return text_; } // NOLINT(google-explicit-constructor)
  size_t size() const noexcept { return text_.size(); }          ///< how many bytes it has
  bool empty() const noexcept { return text_.empty(); }          ///< whether it has none

  friend auto operator<=>(const checked_text&, const checked_text&) = default;
  friend bool operator==(const checked_text&, const checked_text&) = default;

  /// Compares the texts, byte by byte.
  template <class Text>
  requires std::convertible_to<const Text&, std::string_view> &&(!std::same_as<Text, checked_text>)friend bool
  operator==(const checked_text& x, const Text& y) noexcept {
    return std::string_view{x.text_} == std::string_view{y};
  }

private:
  struct trusted {};
  checked_text(trusted, std::string text) : text_(std::move(text)) {}

  std::string text_;
};

} // namespace bennu
