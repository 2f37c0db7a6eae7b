#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace bennu {

struct pattern_member;

/// What a test expects of a JSON value. Source: the patterns of ExUnit's `assert_receive`, as Phoenix.ChannelTest uses
/// them.
///
///     ann.expect_reply(ref, "ok", {{"id", any()}, {"body", "hi"}});
///
/// - A scalar matches an equal value. Numbers compare by value: `1` matches `1.0`.
/// - An object matches when every member that it names is there and matches. Other members do not matter, as in Elixir.
/// - A list matches a list of the same length whose elements match one by one.
/// - `exactly(x)` matches what equals `x` and has nothing more, at every depth.
/// - `any()` matches everything, `capture(into)` too: it keeps the value. `where(text, f)` matches when `f` says so.
///
/// The default pattern, `{}`, matches every object.
///
/// A value type. Thread safety: as a `std::string`.
class pattern {
public:
  using json = nlohmann::json;

  pattern();

  /// A value, for instance `"hi"`, `7`, or a whole `json`.
  template <class T>
  requires(std::convertible_to<T, json> && !std::same_as<std::remove_cvref_t<T>, pattern>) pattern(T&& value)
    : pattern(of(json(std::forward<T>(value)))) {}

  /// An object by its members: `{{"user", "ann"}, {"at", any()}}`.
  pattern(std::initializer_list<pattern_member> members);

  /// Where `actual` differs first, in words: `at /user/name: expected "ann", got "bob"`. Nothing when it matches.
  std::optional<std::string> difference(const json& actual) const;

  bool matches(const json& actual) const { return !difference(actual); }

  /// The pattern as JSON-like text, for messages.
  const std::string& text() const noexcept { return text_; }

  friend pattern any();
  friend pattern exactly(json value);
  friend pattern list(std::vector<pattern> elements);
  friend pattern capture(json& into);
  friend pattern where(std::string text, std::function<bool(const json&)> matches);

private:
  /// What a value differs in, seen from the path of the value; nothing when it matches.
  using check = std::function<std::optional<std::string>(const json& actual, const std::string& path)>;

  pattern(check differs, std::string text);
  static pattern of(const json& value);
  static pattern of(std::vector<pattern_member> members);

  check differs_;
  std::string text_;
};

/// One member of an object, as a pattern.
struct pattern_member {
  std::string name;
  pattern value;
};

/// Matches everything.
pattern any();

/// Matches a value that equals `value` at every depth.
pattern exactly(nlohmann::json value);

/// Matches a list whose elements match one by one.
pattern list(std::vector<pattern> elements);

/// Matches everything and copies it to `into`, which must outlive the pattern. A pattern that does not match may have
/// copied before it failed.
pattern capture(nlohmann::json& into);

/// Matches what `matches` accepts. `text` says what that is, as in `where("a positive number", …)`.
pattern where(std::string text, std::function<bool(const nlohmann::json&)> matches);

} // namespace bennu
