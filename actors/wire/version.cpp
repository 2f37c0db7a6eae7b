#include "actors/wire/version.hpp"

#include <algorithm>
#include <array>
#include <charconv>

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

// Compares a number of any length with one of 32 bits. @returns less than, equal to or greater than 0
int compare(std::string_view digits, uint32_t with) {
  uint32_t number = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (result.ec == std::errc::result_out_of_range)
    return 1;
  return number < with ? -1 : number > with ? 1 : 0;
}

} // namespace

std::optional<version_requirement> version_requirement::parse(std::string_view text) {
  std::array<uint32_t, 3> numbers{};
  size_t count = 0;
  const bool valid = all_parts(text, [&](std::string_view part) {
    if (count == numbers.size() || !is_number(part))
      return false;
    return std::from_chars(part.data(), part.data() + part.size(), numbers[count++]).ec == std::errc{};
  });
  if (!valid || count != numbers.size())
    return std::nullopt;
  return version_requirement{numbers[0], numbers[1], numbers[2]};
}

bool version_requirement::admits(std::string_view version) const {
  const auto wanted = parse_version(version);
  if (!wanted || compare(wanted->core[0], major_) != 0 || compare(wanted->core[1], minor_) != 0)
    return false;
  const auto patch = compare(wanted->core[2], patch_);
  return patch > 0 || (patch == 0 && !wanted->pre_release);
}

} // namespace bennu::engine
