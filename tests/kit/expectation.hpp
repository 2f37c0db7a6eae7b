#pragma once

#include <functional>
#include <source_location>
#include <stdexcept>
#include <string>

namespace bennu {

/// The exception of a test of `bennu::testing` when an expectation fails. doctest, GoogleTest and Catch2 report the
/// text of an exception, so that nothing else is needed. `what()` begins with the line of the test, such as
/// `room_test.cpp:17: …`.
class expectation_failed : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The handler of a failed expectation: it gets the text and the line of the test.
using failure_reporter = std::function<void(const std::string& text, const std::source_location& where)>;

/// Reports failures in another way than by an `expectation_failed`, for example without ending the test:
///
///     // doctest
///     bennu::report_failures_to([](auto& text, auto& where) {
///       ADD_FAIL_AT(where.file_name(), where.line(), text);
///     });
///     // GoogleTest
///     bennu::report_failures_to([](auto& text, auto& where) {
///       ADD_FAILURE_AT(where.file_name(), where.line()) << text;
///     });
///
/// An expectation that returns a value throws nevertheless, because it has no value to return. An empty function
/// restores the default.
/// Thread safety: only the thread of the test uses it.
void report_failures_to(failure_reporter reporter);

/// Reports a failed expectation, for your own checks.
void fail_expectation(const std::string& text, const std::source_location& where = std::source_location::current());

} // namespace bennu
