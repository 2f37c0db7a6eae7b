#include <bennu/actors/checked_text.hpp>

#include "actors/json/utf8.hpp"

namespace bennu {

using namespace engine;

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

// Unicode's general category Cc: C0, DEL, and C1, which is C2 80 to C2 9F in UTF-8.
bool is_control(const char* pos, size_t length) noexcept {
  const auto first = static_cast<unsigned char>(pos[0]);
  if (length == 1)
    return first < 0x20 || first == 0x7F;
  return length == 2 && first == 0xC2 && static_cast<unsigned char>(pos[1]) < 0xA0;
}

} // namespace

std::optional<std::string> text_rule::problem(std::string_view text) const {
  auto fail = [&](const std::string& why) {
    return std::string{name} + " must be UTF-8" + (may_have_controls ? "" : " without control characters")
           + " and have at most " + std::to_string(max_bytes) + " bytes: " + why;
  };
  if (text.size() > max_bytes)
    return fail("it has " + std::to_string(text.size()));
  const auto* end = text.data() + text.size();
  for (const auto* pos = text.data(); pos != end;) {
    const auto length = utf8_length(pos, end);
    if (length == 0)
      return fail("byte " + std::to_string(pos - text.data()) + " is not UTF-8");
    if (!may_have_controls && is_control(pos, length))
      return fail("byte " + std::to_string(pos - text.data()) + " begins a control character");
    pos += length;
  }
  return std::nullopt;
}

std::string text_rule::repaired(std::string_view text) const {
  std::string result;
  const auto* end = text.data() + text.size();
  for (const auto* pos = text.data(); pos != end;) {
    const auto length = utf8_length(pos, end);
    const bool is_kept = length != 0 && (may_have_controls || !is_control(pos, length));
    const auto next = is_kept ? std::string_view{pos, length} : replacement;
    if (result.size() + next.size() > max_bytes)
      break;
    result += next;
    pos += length == 0 ? 1 : length;
  }
  return result;
}

} // namespace bennu
