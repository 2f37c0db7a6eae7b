#include "actors/wire/serializer.hpp"

#include <algorithm>
#include <array>

namespace bennu::engine {

namespace {

// The semantic version `MAJOR.MINOR.PATCH[-PRE][+BUILD]` (semver.org, items 2, 9 and 10).
struct version {
  std::array<std::string_view, 3> core;
  bool pre_release = false;
};

bool is_digits(std::string_view x) {
  return !x.empty() && x.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_number(std::string_view x) {
  return is_digits(x) && (x.size() == 1 || x.front() != '0');
}

// Calls `visit` for each part between the dots, until a call returns false.
// Returns whether all calls returned true.
template <class Visitor>
bool all_parts(std::string_view x, Visitor visit) {
  for (;;) {
    const auto dot = x.find('.');
    if (!visit(x.substr(0, dot)))
      return false;
    if (dot == std::string_view::npos)
      return true;
    x.remove_prefix(dot + 1);
  }
}

// Whether `x` is a valid pre-release (where numbers have no leading zero) or build metadata (where they may).
bool are_labels(std::string_view x, bool numbers_are_strict) {
  return all_parts(x, [&](std::string_view part) {
    const bool known = std::all_of(part.begin(), part.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
    return !part.empty() && known && (!numbers_are_strict || !is_digits(part) || is_number(part));
  });
}

std::optional<version> parse_version(std::string_view x) {
  version result;
  if (const auto plus = x.find('+'); plus != std::string_view::npos) {
    if (!are_labels(x.substr(plus + 1), false))
      return std::nullopt;
    x = x.substr(0, plus);
  }
  if (const auto dash = x.find('-'); dash != std::string_view::npos) {
    if (!are_labels(x.substr(dash + 1), true))
      return std::nullopt;
    result.pre_release = true;
    x = x.substr(0, dash);
  }
  size_t count = 0;
  const bool valid = all_parts(x, [&](std::string_view part) {
    if (count == 3 || !is_number(part))
      return false;
    result.core[count++] = part;
    return true;
  });
  return valid && count == 3 ? std::optional{result} : std::nullopt;
}

} // namespace

const serializer* serializer_for(std::optional<std::string_view> vsn) {
  if (!vsn)
    return &serializer_v1();
  const auto wanted = parse_version(*vsn);
  // A pre-release of x.0.0 comes before x.0.0, so the requirement "~> x.0.0" does not hold for it.
  if (!wanted || wanted->core[1] != "0" || (wanted->pre_release && wanted->core[2] == "0"))
    return nullptr;
  if (wanted->core[0] == "1")
    return &serializer_v1();
  return wanted->core[0] == "2" ? &serializer_v2() : nullptr;
}

} // namespace bennu::engine
