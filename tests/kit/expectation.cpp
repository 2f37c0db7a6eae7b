#include <bennu/testing/expectation.hpp>

#include <string_view>
#include <utility>

namespace bennu {

namespace {

failure_reporter& reporter() {
  static failure_reporter the_one;
  return the_one;
}

failure_counter& counter() {
  static failure_counter the_one;
  return the_one;
}

} // namespace

std::string place_in_words(std::string_view file, unsigned line) {
  return std::string{file.substr(file.rfind('/') + 1)} + ":" + std::to_string(line);
}

failure_counter count_failures_with(failure_counter x) {
  return std::exchange(counter(), std::move(x));
}

counted_failures count_failures() {
  return counter() ? counter()() : counted_failures{};
}

failure_reporter report_failures_to(failure_reporter x) {
  return std::exchange(reporter(), std::move(x));
}

void fail_expectation(const std::string& text, const std::source_location& where) {
  if (reporter())
    reporter()(text, where);
  throw expectation_failed(place_in_words(where.file_name(), where.line()) + ": " + text);
}

} // namespace bennu
