#include <bennu/testing/expectation.hpp>

#include <string_view>
#include <utility>

namespace bennu {

namespace {

failure_reporter& reporter() {
  static failure_reporter the_one;
  return the_one;
}

std::string place_of(const std::source_location& where) {
  const std::string_view path = where.file_name();
  return std::string{path.substr(path.rfind('/') + 1)} + ":" + std::to_string(where.line());
}

} // namespace

failure_reporter report_failures_to(failure_reporter x) {
  return std::exchange(reporter(), std::move(x));
}

void fail_expectation(const std::string& text, const std::source_location& where) {
  if (reporter())
    reporter()(text, where);
  throw expectation_failed(place_of(where) + ": " + text);
}

} // namespace bennu
