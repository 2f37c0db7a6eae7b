#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

namespace bennu {

// -- failures -------------------------------------------------------------------

/// The exception of a failed expectation. `what()` begins with the line of the test: `room_test.cpp:17: …`. Every
/// framework reports the text of an exception; with `BENNU_REPORT_TO_DOCTEST` and so on the failure is its own.
class expectation_failed : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Reports a failed expectation to a test framework. It should end the test by an exception; when it returns,
/// `expectation_failed` is thrown.
using failure_reporter = std::function<void(const std::string& text, const std::source_location& where)>;

/// Sets the reporter of the program; an empty function restores the default. Not thread-safe: call it before the tests.
/// @returns the former reporter.
failure_reporter report_failures_to(failure_reporter reporter);

/// Fails the test, for checks of your own.
[[noreturn]] void fail_expectation(const std::string& text,
                                   const std::source_location& where = std::source_location::current());

// -- patterns -------------------------------------------------------------------

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

// -- test frameworks ------------------------------------------------------------

/// Makes a failed expectation a failure of your test framework, with the file and the line of your test. Write it in
/// one file of the test program, behind the header of the framework. Like `REQUIRE` and `ASSERT_…`, it ends the test.
///
///     #include <bennu/testing/channel_case.hpp>
///     #include <doctest/doctest.h>
///
///     BENNU_REPORT_TO_DOCTEST
#define BENNU_REPORT_TO_DOCTEST \
  BENNU_REPORT_FAILURES(DOCTEST_ADD_FAIL_AT(where.file_name(), static_cast<int>(where.line()), text))

/// The same for GoogleTest, which takes an `AssertionException` for the end of a test that has failed already.
#define BENNU_REPORT_TO_GOOGLETEST                                                                        \
  BENNU_REPORT_FAILURES(const int line = static_cast<int>(where.line()); GTEST_MESSAGE_AT_(               \
                          where.file_name(), line, text.c_str(), testing::TestPartResult::kFatalFailure); \
                        throw testing::AssertionException(testing::TestPartResult(                        \
                          testing::TestPartResult::kFatalFailure, where.file_name(), line, text.c_str())))

/// The same for Catch2, version 2 or 3.
#define BENNU_REPORT_TO_CATCH2                                                                                \
  BENNU_REPORT_FAILURES(                                                                                      \
    Catch::AssertionHandler handler("bennu::testing", Catch::SourceLineInfo(where.file_name(), where.line()), \
                                    Catch::StringRef(), Catch::ResultDisposition::Normal);                    \
    handler.handleMessage(Catch::ResultWas::ExplicitFailure, std::string{text}); handler.complete())

/// The same for another framework: the statements report `text` at `where` and end the test by an exception.
#define BENNU_REPORT_FAILURES(...)                                                                              \
  namespace {                                                                                                   \
  [[maybe_unused]] const auto bennu_failures_are_reported =                                                     \
    bennu::report_failures_to([](const std::string& text, const std::source_location& where) { __VA_ARGS__; }); \
  }
