#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/json/text.hpp"

/// Texts that are JSON or nearly JSON, and whether a parser must accept them.
namespace bennu::test {

/// The text with every integer cut to its first 300 digits: JSON has no largest integer, nlohmann has.
inline std::string with_short_integers(std::string_view text) {
  constexpr auto digits = "0123456789";
  std::string result;
  while (!text.empty()) {
    const auto before = std::min(text.find_first_of(digits), text.size());
    result += text.substr(0, before);
    text.remove_prefix(before);
    const auto length = std::min(text.find_first_not_of(digits), text.size());
    const auto end = text.substr(length, 1);
    const auto start = result.find_last_not_of("+-");
    const bool in_float =
      end == "." || end == "e" || end == "E"
      || (start != std::string::npos && std::string_view{".eE"}.find(result[start]) != std::string_view::npos);
    result += text.substr(0, in_float ? length : std::min<size_t>(length, 300));
    text.remove_prefix(length);
  }
  return result;
}

/// Whether RFC 8259 accepts the text. This is nlohmann's verdict with three exceptions: nlohmann skips a byte order
/// mark, treats a NUL byte as the end, and takes no integer beyond a double.
inline bool expected_json(std::string_view text) {
  return !text.starts_with("\xef\xbb\xbf") && text.find('\0') == std::string_view::npos
         && nlohmann::json::accept(with_short_integers(text));
}

/// The value of a JSON text as a payload has it: an integer beyond a double is the largest double.
inline nlohmann::json expected_value(std::string_view text) {
  return nlohmann::json::parse(engine::json_number::with_finite_integers(text));
}

inline constexpr const char* json_edges[] = {
  "",
  " ",
  "null",
  "nul",
  "nulls",
  "true",
  "TRUE",
  "false",
  "[]",
  "[ ]",
  "[,]",
  "[1,]",
  "[1 2]",
  "{}",
  "{,}",
  "{\"a\"}",
  "{\"a\":}",
  "{\"a\":1,}",
  "{a:1}",
  "{1:1}",
  "{\"a\":1 \"b\":2}",
  "[}",
  "{]",
  "[[]",
  "[]]",
  "0",
  "-0",
  "-",
  "+1",
  "01",
  "-01",
  "1.",
  ".1",
  "1.e1",
  "1e",
  "1e+",
  "1E-0",
  "0e0",
  "0x1",
  "1_0",
  "Infinity",
  "NaN",
  "1e308",
  "1e309",
  "-1e309",
  "1e-400",
  "18446744073709551616",
  "\"",
  "\"\\\"",
  "\"\\",
  "\"\\u",
  "\"\\u12\"",
  "\"\\u00e9\"",
  "\"\\U00e9\"",
  "\"\\u00G0\"",
  "\"\\ud83d\\ude00\"",
  "\"\\ud83d\"",
  "\"\\ud83dx\"",
  "\"\\ud83d\\n\"",
  "\"\\ud83d\\ud83d\"",
  "\"\\ude00\"",
  "\"\\udfff\"",
  "\"\\uffff\"",
  "\"\\u0000\"",
  "\"\t\"",
  "\"\x7f\"",
  "\"\xf0\x9f\x98\x80\"",
  "\"\xf0\x9f\x98\"",
  "\"\xed\xa0\x80\"",
  "\"\xc0\x80\"",
  "'a'",
  "/**/1",
  "1//",
  "\v1",
  "\f1",
  "\xa0"
  "1",
  "[1]\n",
  "\r\n\t [1]",
  "{\"a\":1}{\"b\":2}",
  "1 1",
  "\"\\/\"",
  "\"\\'\"",
};

/// A random JSON text with white space, escapes and UTF-8.
inline std::string random_json(std::mt19937& random, int depth) {
  static constexpr const char* scalars[] = {"null",
                                            "true",
                                            "false",
                                            "0",
                                            "-0.0",
                                            "12",
                                            "1.5e3",
                                            "-7E-2",
                                            "18446744073709551616",
                                            "\"\"",
                                            "\"a b\"",
                                            "\"\\n\\u00e9\\ud83d\\ude00\"",
                                            "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
                                            "\"a long enough plain text\""};
  const auto pick = [&](size_t n) { return random() % n; };
  const auto space = [&] { return std::string(pick(4) == 0 ? 1 : 0, " \n\r\t"[pick(4)]); };
  if (depth == 0 || pick(3) == 0)
    return scalars[pick(std::size(scalars))];
  const bool object = pick(2) == 0;
  std::string result = object ? "{" : "[";
  result += space();
  for (size_t i = 0, n = pick(5); i < n; ++i) {
    result += i == 0 ? "" : "," + space();
    result += object ? "\"k" + std::to_string(pick(4)) + "\"" + space() + ":" + space() : "";
    result += random_json(random, depth - 1) + space();
  }
  return result + (object ? "}" : "]");
}

/// Removes, doubles or replaces one byte.
inline void mutate(std::mt19937& random, std::string& text) {
  if (text.empty())
    return;
  const auto at = random() % text.size();
  switch (random() % 3) {
    case 0:
      text.erase(at, 1);
      break;
    case 1:
      text.insert(at, 1, text[at]);
      break;
    default:
      text[at] = static_cast<char>(random() % 2 ? "{}[]\",:\\0e-. "[random() % 13] : random() % 256);
  }
}

} // namespace bennu::test
