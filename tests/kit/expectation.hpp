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
#include <utility>
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

/// The failures that a test framework has counted in the present test, also those that do not end it: `CHECK`,
/// `EXPECT_…`.
struct counted_failures {
  size_t count = 0; ///< a run fails when it grows
  std::string last; ///< the place of the last one, `room_test.cpp:17`
};

using failure_counter = std::function<counted_failures()>; ///< tells the failures of the present test so far

/// Sets where `for_seeds` learns of them; an empty function: only exceptions fail a run. The macros below set it.
/// @returns the former counter.
failure_counter count_failures_with(failure_counter counter);
counted_failures count_failures(); ///< the failures so far; none without a counter

/// A place in a test, `room_test.cpp:17`, without the folders.
std::string place_in_words(std::string_view file, unsigned line);

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
  using json = nlohmann::json; ///< the JSON type of a payload

  pattern(); ///< matches every object

  /// A value, for instance `"hi"`, `7`, or a whole `json`.
  template <class T>
  requires(std::convertible_to<T, json> && !std::same_as<std::remove_cvref_t<T>, pattern>) pattern(T&& value)
    : pattern(of(json(std::forward<T>(value)))) {}

  /// An object by its members: `{{"user", "ann"}, {"at", any()}}`.
  pattern(std::initializer_list<pattern_member> members);

  /// Where `actual` differs first, in words: `at /user/name: expected "ann", got "bob"`. Nothing when it matches.
  std::optional<std::string> difference(const json& actual) const;

  bool matches(const json& actual) const { return !difference(actual); } ///< whether the value matches

  /// The pattern as JSON-like text, for messages.
  const std::string& text() const noexcept { return text_; }

  friend pattern any();
  friend pattern exactly(json value);
  friend pattern list(std::vector<pattern> elements);
  friend pattern capture(json& into);
  /// See `bennu::where`.
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

/// One member of an object, as a pattern. Its constructor takes the name as one value: a plain `std::string` would take
/// the braces of `{{{"user", "ann"}}}` for a name between two pointers.
struct pattern_member {
  /// @param of the name
  template <class Name>
  requires std::constructible_from<std::string, Name> pattern_member(Name&& of, pattern matches)
    : name(std::forward<Name>(of)), value(std::move(matches)) {}

  std::string name; ///< of the member
  pattern value;    ///< what the member must match
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

/// Matches what `matches` accepts. `text` says what that is, as in `where("a positive number", …)`. A value for which
/// `matches` throws does not match.
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
#define BENNU_REPORT_TO_DOCTEST                                                                            \
  BENNU_REPORT_FAILURES(DOCTEST_ADD_FAIL_AT(where.file_name(), static_cast<int>(where.line()), text))      \
  namespace {                                                                                              \
  struct bennu_listener : doctest::IReporter {                                                             \
    explicit bennu_listener(const doctest::ContextOptions&) {                                              \
      bennu::count_failures_with([this] { return failures; });                                             \
    }                                                                                                      \
    void log_assert(const doctest::AssertData& x) override {                                               \
      if (x.m_failed && (x.m_at & doctest::assertType::is_warn) == 0)                                      \
        failures = {failures.count + 1, bennu::place_in_words(x.m_file, static_cast<unsigned>(x.m_line))}; \
    }                                                                                                      \
    void log_message(const doctest::MessageData& x) override {                                             \
      if ((x.m_severity & doctest::assertType::is_warn) == 0)                                              \
        failures = {failures.count + 1, bennu::place_in_words(x.m_file, static_cast<unsigned>(x.m_line))}; \
    }                                                                                                      \
    void report_query(const doctest::QueryData&) override {}                                               \
    void test_run_start() override {}                                                                      \
    void test_run_end(const doctest::TestRunStats&) override {}                                            \
    void test_case_start(const doctest::TestCaseData&) override {}                                         \
    void test_case_reenter(const doctest::TestCaseData&) override {}                                       \
    void test_case_end(const doctest::CurrentTestCaseStats&) override {}                                   \
    void test_case_exception(const doctest::TestCaseException&) override {}                                \
    void subcase_start(const doctest::SubcaseSignature&) override {}                                       \
    void subcase_end() override {}                                                                         \
    void test_case_skipped(const doctest::TestCaseData&) override {}                                       \
    bennu::counted_failures failures;                                                                      \
  };                                                                                                       \
  }                                                                                                        \
  DOCTEST_REGISTER_LISTENER("bennu", 1, bennu_listener);

/// The same for GoogleTest, which takes an `AssertionException` for the end of a test that has failed already.
#define BENNU_REPORT_TO_GOOGLETEST                                                                         \
  BENNU_REPORT_FAILURES(const int line = static_cast<int>(where.line()); GTEST_MESSAGE_AT_(                \
                          where.file_name(), line, text.c_str(), testing::TestPartResult::kFatalFailure);  \
                        throw testing::AssertionException(testing::TestPartResult(                         \
                          testing::TestPartResult::kFatalFailure, where.file_name(), line, text.c_str()))) \
  namespace {                                                                                              \
  [[maybe_unused]] const auto bennu_failures_are_counted =                                                 \
    (bennu::count_failures_with([] {                                                                       \
       bennu::counted_failures failures;                                                                   \
       const auto* test = testing::UnitTest::GetInstance()->current_test_info();                           \
       for (int i = 0; test != nullptr && i < test->result()->total_part_count(); ++i)                     \
         if (const auto& x = test->result()->GetTestPartResult(i); x.failed())                             \
           failures = {failures.count + 1, bennu::place_in_words(x.file_name() ? x.file_name() : "",       \
                                                                 static_cast<unsigned>(x.line_number()))}; \
       return failures;                                                                                    \
     }),                                                                                                   \
     true);                                                                                                \
  }

/// The same for Catch2, version 2 or 3, which tells of the last assertion alone: `for_seeds` notices `REQUIRE`, but not
/// a `CHECK` that others follow.
#define BENNU_REPORT_TO_CATCH2                                                                                \
  BENNU_REPORT_FAILURES(                                                                                      \
    Catch::AssertionHandler handler("bennu::testing", Catch::SourceLineInfo(where.file_name(), where.line()), \
                                    Catch::StringRef(), Catch::ResultDisposition::Normal);                    \
    handler.handleMessage(Catch::ResultWas::ExplicitFailure, std::string{text}); handler.complete())          \
  namespace {                                                                                                 \
  [[maybe_unused]] const auto bennu_failures_are_counted =                                                    \
    (bennu::count_failures_with([] {                                                                          \
       const auto* x = Catch::getResultCapture().getLastResult();                                             \
       if (x == nullptr || x->isOk())                                                                         \
         return bennu::counted_failures{};                                                                    \
       const auto at = x->getSourceInfo();                                                                    \
       return bennu::counted_failures{1, bennu::place_in_words(at.file, static_cast<unsigned>(at.line))};     \
     }),                                                                                                      \
     true);                                                                                                   \
  }

/// The same for another framework: the statements report `text` at `where` and end the test by an exception.
#define BENNU_REPORT_FAILURES(...)                                                                              \
  namespace {                                                                                                   \
  [[maybe_unused]] const auto bennu_failures_are_reported =                                                     \
    bennu::report_failures_to([](const std::string& text, const std::source_location& where) { __VA_ARGS__; }); \
  }
