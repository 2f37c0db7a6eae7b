#include "actors/json/number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace bennu::engine::json_number {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

const char* skip_digits(const char* pos, const char* end) noexcept {
  return std::find_if_not(pos, end, is_digit);
}

// Saturates at a value far above the length of any text and far below overflow.
int64_t read_exponent(std::string_view digits) noexcept {
  constexpr int64_t limit = int64_t{1} << 60;
  const bool negative = digits.front() == '-';
  int64_t result = 0;
  for (const char c : digits)
    if (is_digit(c))
      result = std::min(limit / 16, result * 10 + (c - '0'));
  return negative ? -result : result;
}

} // namespace

const char* skip(const char* pos, const char* end) noexcept {
  if (pos != end && *pos == '-')
    ++pos;
  if (pos == end || !is_digit(*pos))
    return nullptr;
  pos = *pos == '0' ? pos + 1 : skip_digits(pos, end);
  if (pos != end && *pos == '.') {
    const auto* fraction = ++pos;
    pos = skip_digits(fraction, end);
    if (pos == fraction)
      return nullptr;
  }
  if (pos != end && (*pos == 'e' || *pos == 'E')) {
    ++pos;
    if (pos != end && (*pos == '+' || *pos == '-'))
      ++pos;
    const auto* exponent = pos;
    pos = skip_digits(exponent, end);
    if (pos == exponent)
      return nullptr;
  }
  return pos;
}

bool is_finite(std::string_view number) noexcept {
  // The largest double is 1.797…e308: 309 digits.
  constexpr size_t always_fits = 308;
  constexpr int64_t largest_power = 308;
  const auto e = number.find_first_of("eE");
  if (e == std::string_view::npos && number.size() <= always_fits)
    return true;
  const auto mantissa = number.substr(0, e);
  const auto first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos)
    return true; // zero, with any exponent
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  // The power of ten of the first significant digit decides. Only one power needs a conversion.
  auto power = static_cast<int64_t>(point) - static_cast<int64_t>(first);
  if (power > 0)
    --power;
  if (e != std::string_view::npos)
    power += read_exponent(number.substr(e + 1));
  if (power != largest_power)
    return power < largest_power;
  double value = 0;
  const auto result = std::from_chars(number.data(), number.data() + number.size(), value);
  return result.ec == std::errc{} && std::isfinite(value);
}

bool is_integer(std::string_view number) noexcept {
  return number.find_first_of(".eE") == std::string_view::npos;
}

std::string with_finite_integers(std::string_view text) {
  std::string result;
  const auto* const end = text.data() + text.size();
  bool in_string = false;
  for (const auto* pos = text.data(); pos != end;) {
    const char c = *pos;
    const auto* next = pos + 1;
    if (in_string && c == '\\')
      ++next;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '-' || is_digit(c)))
      next = skip(pos, end);
    const std::string_view piece{pos, static_cast<size_t>(next - pos)};
    const bool is_number = !in_string && piece.size() > 1 && is_integer(piece);
    if (is_number && !is_finite(piece))
      result.append(c == '-' ? "-" : "").append("1.7976931348623157e308");
    else
      result += piece;
    pos = next;
  }
  return result;
}

} // namespace bennu::engine::json_number
