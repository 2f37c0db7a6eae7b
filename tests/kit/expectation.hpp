#pragma once

#include <functional>
#include <source_location>
#include <stdexcept>
#include <string>

namespace bennu {

/// What a test of `bennu::testing` throws when something that it expects does not happen. doctest, GoogleTest and Catch2 report the text of an
/// exception, so nothing else is needed; `what()` begins with the line of the test, as `room_test.cpp:17: …`.
class expectation_failed : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// How a failed expectation is reported: its text, and the line of the test that expects.
using failure_reporter = std::function<void(const std::string& text, const std::source_location& where)>;

/// Reports failures in another way than by an `expectation_failed`, for example without ending the test:
///
///     bennu::report_failures_to([](auto& text, auto& where) { ADD_FAIL_AT(where.file_name(), where.line(), text); });        // doctest
///     bennu::report_failures_to([](auto& text, auto& where) { ADD_FAILURE_AT(where.file_name(), where.line()) << text; });   // GoogleTest
///
/// An expectation that returns a value throws all the same, since there is no value to return. An empty function: back to throwing.
/// Thread safety: for the test's thread.
void report_failures_to(failure_reporter reporter);

/// Reports that an expectation failed; for checks of one's own.
void fail_expectation(const std::string& text, const std::source_location& where = std::source_location::current());

} // namespace bennu
