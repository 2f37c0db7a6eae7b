#include "apps/chat/text_rules.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/uspoof.h>
#include <unicode/utf8.h>

namespace chat {

word_filter word_filter::from_text(std::string_view text) {
  word_filter made;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
      line.remove_suffix(1);
    if (!line.empty() && line.front() != '#')
      made.words_.insert(folded(line));
  }
  return made;
}

word_filter word_filter::from_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    throw std::runtime_error("cannot read the word list " + path);
  return from_text(std::string{std::istreambuf_iterator<char>{in}, {}});
}

bool word_filter::refuses(std::string_view utf8) const {
  if (words_.empty())
    return false;
  const auto text = folded(utf8);
  std::string_view rest{text}, word_start{rest};
  while (!rest.empty()) {
    const auto here = rest;
    if (is_letter_or_digit(take_code_point(rest)))
      continue;
    if (words_.contains(std::string{word_start.substr(0, word_start.size() - here.size())}))
      return true;
    word_start = rest;
  }
  return words_.contains(std::string{word_start});
}

namespace {

constexpr int black_flag = 0x1f3f4, zero_width_joiner = 0x200d;

bool has(int x, UProperty property) noexcept {
  return u_hasBinaryProperty(x, property) != 0;
}

bool is_control(int x) noexcept {
  return x < 0 || u_charType(x) == U_CONTROL_CHAR;
}

bool ends_line(int x) noexcept {
  return (x >= '\n' && x <= '\r') || x == 0x85 || x == 0x2028 || x == 0x2029;
}

// Their glyphs are empty, but no property says so: the Braille blank, a note without a head, the blanks of Khitan and
// of hieroglyphs.
bool has_empty_picture(int x) noexcept {
  return x == 0x2800 || x == 0x1d159 || x == 0x16fe4 || x == 0x13441 || x == 0x13442;
}

// U+FFF9 to U+FFFB enclose text that readers do not see.
bool is_invisible(int x) noexcept {
  return has(x, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || (x >= 0xfff9 && x <= 0xfffb);
}

// LRM, RLM and ALM are bidirectional controls too, but each one affects only its neighbours and does not reorder
// other text.
bool is_direction_mark(int x) noexcept {
  return x == 0x200e || x == 0x200f || x == 0x61c;
}

// Parts of visible text: emoji, Arabic and Indic words, old Hangul, Khmer vowels.
bool shapes_text(int x) noexcept {
  return has(x, UCHAR_JOIN_CONTROL) || has(x, UCHAR_VARIATION_SELECTOR) || x == 0x34f || x == 0x115f || x == 0x1160
         || x == 0x17b4 || x == 0x17b5;
}

bool is_tag(int x) noexcept {
  return x >= 0xe0020 && x <= 0xe007f;
}

/// Reads a text and decides for each character whether it is hidden.
class hidden_characters {
public:
  explicit hidden_characters(bool marks_are_hidden) : marks_are_hidden_(marks_are_hidden) {}

  bool take(int x) noexcept {
    const bool in_flag = is_tag(x) && (last_ == black_flag || is_tag(last_));
    const bool stray = shapes_text(x) && !after_visible_;
    const bool hidden = is_direction_mark(x)         ? marks_are_hidden_
                        : has(x, UCHAR_BIDI_CONTROL) ? true
                        : is_invisible(x)            ? stray || !(shapes_text(x) || in_flag)
                                                     : false;
    if (!hidden) {
      last_ = x;
      after_visible_ = !u_isUWhiteSpace(x) && (after_visible_ || !is_invisible(x));
    }
    return hidden;
  }

private:
  const bool marks_are_hidden_;
  int last_ = 0;
  bool after_visible_ = false; ///< since the last white space
};

const icu::Normalizer2& normalizer(const icu::Normalizer2* (*get)(UErrorCode&)) {
  UErrorCode error = U_ZERO_ERROR;
  const auto* found = get(error);
  if (U_FAILURE(error))
    throw std::runtime_error(std::string{"ICU has no data: "} + u_errorName(error));
  return *found;
}

std::string normalized_by(const icu::Normalizer2& how, std::string_view text) {
  std::string result;
  icu::StringByteSink<std::string> sink{&result};
  UErrorCode error = U_ZERO_ERROR;
  how.normalizeUTF8(0, icu::StringPiece{text.data(), static_cast<int32_t>(text.size())}, sink, nullptr, error);
  if (U_FAILURE(error))
    throw std::runtime_error(std::string{"ICU cannot normalize: "} + u_errorName(error));
  return result;
}

} // namespace

int take_code_point(std::string_view& text) noexcept {
  int32_t at = 0;
  UChar32 x = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion" // in ICU's macro
  U8_NEXT(text.data(), at, static_cast<int32_t>(text.size()), x);
#pragma GCC diagnostic pop
  text.remove_prefix(static_cast<size_t>(at));
  return x;
}

size_t count_code_points(std::string_view text) noexcept {
  size_t count = 0;
  for (; !text.empty(); ++count)
    take_code_point(text);
  return count;
}

bool is_letter_or_digit(int x) noexcept {
  constexpr uint32_t wanted = U_GC_L_MASK | U_GC_MN_MASK | U_GC_MC_MASK | U_GC_ND_MASK;
  return x >= 0 && (U_GET_GC_MASK(x) & wanted) != 0 && !is_invisible(x) && !has_empty_picture(x);
}

bool is_mark(int x) noexcept {
  return x >= 0 && (U_GET_GC_MASK(x) & U_GC_M_MASK) != 0;
}

bool is_blank(std::string_view text) noexcept {
  while (!text.empty()) {
    const int x = take_code_point(text);
    if (!is_control(x) && !u_isUWhiteSpace(x) && !is_invisible(x) && !has_empty_picture(x))
      return false;
  }
  return true;
}

bool has_control_characters(std::string_view text) noexcept {
  while (!text.empty())
    if (const int x = take_code_point(text); is_control(x) && x != '\t' && x != '\n' && x != '\r')
      return true;
  return false;
}

bool is_clean_line(std::string_view text) noexcept {
  hidden_characters hidden{true};
  while (!text.empty())
    if (const int x = take_code_point(text); is_control(x) || ends_line(x) || has_empty_picture(x) || hidden.take(x))
      return false;
  return true;
}

std::string without_hidden_characters(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  hidden_characters hidden{false};
  while (!text.empty()) {
    const auto whole = text;
    const int x = take_code_point(text);
    if (!hidden.take(x))
      kept += whole.substr(0, whole.size() - text.size());
  }
  return kept;
}

std::string normalized(std::string_view text) {
  static const auto& form = normalizer(icu::Normalizer2::getNFCInstance);
  return normalized_by(form, text);
}

std::string folded(std::string_view text) {
  static const auto& form = normalizer(icu::Normalizer2::getNFKCCasefoldInstance);
  return normalized_by(form, text);
}

std::string upper_case(std::string_view text) {
  std::string result;
  icu::StringByteSink<std::string> sink{&result};
  UErrorCode error = U_ZERO_ERROR;
  icu::CaseMap::utf8ToUpper("", 0, icu::StringPiece{text.data(), static_cast<int32_t>(text.size())}, sink, nullptr,
                            error);
  return U_FAILURE(error) ? std::string{text} : result;
}

bool mixes_scripts(std::string_view word) {
  using checker = std::unique_ptr<USpoofChecker, decltype(&uspoof_close)>;
  static const checker rules = [] {
    UErrorCode error = U_ZERO_ERROR;
    checker made{uspoof_open(&error), uspoof_close};
    uspoof_setChecks(made.get(), USPOOF_RESTRICTION_LEVEL | USPOOF_MIXED_NUMBERS, &error);
    uspoof_setRestrictionLevel(made.get(), USPOOF_HIGHLY_RESTRICTIVE);
    if (U_FAILURE(error))
      throw std::runtime_error(std::string{"ICU cannot tell scripts apart: "} + u_errorName(error));
    return made;
  }();
  UErrorCode error = U_ZERO_ERROR;
  const auto found = uspoof_check2UTF8(rules.get(), word.data(), static_cast<int32_t>(word.size()), nullptr, &error);
  return U_FAILURE(error) || found != 0;
}

namespace {

/// Takes the characters of a name from the start of `text`.
std::string take_name(std::string_view& text) {
  const auto whole = text;
  while (!text.empty()) {
    auto rest = text;
    if (!is_name_character(take_code_point(rest)))
      break;
    text = rest;
  }
  return std::string{whole.substr(0, whole.size() - text.size())};
}

} // namespace

verdict judge_message(std::string_view body, const word_filter& filter) {
  if (is_blank(body))
    return verdict::blank;
  if (body.size() > max_message_bytes)
    return verdict::too_long;
  if (has_control_characters(body))
    return verdict::control_characters;
  return filter.refuses(body) ? verdict::inappropriate : verdict::fine;
}

std::string message_form(std::string_view body) {
  return without_hidden_characters(body);
}

std::vector<std::string> mentions_in(std::string_view body) {
  constexpr size_t max_mentions = 20;
  std::vector<std::string> names, keys;
  bool inside_word = false;
  while (!body.empty() && names.size() < max_mentions) {
    const int x = take_code_point(body);
    const bool marks_a_name = x == '@' && !inside_word;
    inside_word = is_name_character(x);
    if (!marks_a_name)
      continue;
    auto name = name_form(take_name(body));
    inside_word = !name.empty();
    auto key = name_key(name);
    if (complaint_about_name(name) || std::find(keys.begin(), keys.end(), key) != keys.end())
      continue;
    names.push_back(std::move(name));
    keys.push_back(std::move(key));
  }
  return names;
}

namespace {

constexpr size_t max_line_bytes = 64;

constexpr bool is_id_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::string at_most(size_t count, const char* of_what) {
  return "should be at most " + std::to_string(count) + " " + of_what;
}

std::optional<std::string> complaint_about_line(std::string_view text) {
  if (text.size() > max_line_bytes)
    return at_most(max_line_bytes, "bytes");
  if (!is_clean_line(text))
    return "may not hold control characters, ends of lines or invisible characters";
  return std::nullopt;
}

} // namespace

bool is_name_character(int code_point) noexcept {
  return code_point == '_' || code_point == '-' || is_letter_or_digit(code_point);
}

std::string name_form(std::string_view name) {
  return normalized(name);
}

std::string name_key(std::string_view name) {
  return folded(name);
}

std::optional<std::string> complaint_about_name(std::string_view name) {
  if (is_blank(name))
    return "can't be blank";
  if (count_code_points(name) > max_name_characters)
    return at_most(max_name_characters, "character(s)");
  for (auto rest = name; !rest.empty();) {
    const bool first = rest.size() == name.size();
    const int x = take_code_point(rest);
    if (!is_name_character(x) || (first && is_mark(x)))
      return "may hold letters, digits, _ and - only";
  }
  if (mixes_scripts(name))
    return "may not mix letters of scripts that look alike";
  return std::nullopt;
}

std::optional<std::string> complaint_about_password(std::string_view password) {
  if (password.size() < 8)
    return "should be at least 8 bytes";
  if (password.size() > 1024)
    return "should be at most 1024 bytes";
  return std::nullopt;
}

std::optional<std::string> complaint_about_id(std::string_view id) {
  if (id.empty())
    return "can't be blank";
  if (id.size() > max_line_bytes)
    return at_most(max_line_bytes, "character(s)");
  if (!std::all_of(id.begin(), id.end(), is_id_char))
    return "may hold letters of ASCII, digits, _ and - only";
  return std::nullopt;
}

std::optional<std::string> complaint_about_room_name(std::string_view name) {
  if (is_blank(name))
    return "can't be blank";
  return complaint_about_line(name);
}

std::optional<std::string> complaint_about_status(std::string_view status) {
  return complaint_about_line(status);
}

} // namespace chat
