#include "actors/json/utf8.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace bennu;
using namespace bennu::engine;

namespace {

// Follows RFC 3629 §3, independent of the code under test.
std::string encode(uint32_t point) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80U | (point >> shift & 0x3FU)); };
  if (point < 0x80)
    return {static_cast<char>(point)};
  if (point < 0x800)
    return {static_cast<char>(0xC0U | point >> 6U), tail(0)};
  if (point < 0x10000)
    return {static_cast<char>(0xE0U | point >> 12U), tail(6), tail(0)};
  return {static_cast<char>(0xF0U | point >> 18U), tail(12), tail(6), tail(0)};
}

} // namespace

TEST_CASE("utf8: every code point except surrogates is valid, and nothing beyond U+10FFFF is") {
  size_t wrong = 0;
  for (uint32_t point = 0; point < 0x1F0000; ++point)
    wrong += is_utf8(encode(point)) != (point < 0x110000 && (point < 0xD800 || point > 0xDFFF));
  CHECK(wrong == 0);
}

TEST_CASE("utf8: a character is as long as its encoding, and has no length when it is invalid or cut off") {
  size_t wrong = 0;
  for (uint32_t point = 0; point < 0x1F0000; ++point) {
    const auto text = encode(point);
    const auto* pos = text.data();
    const bool is_valid = point < 0x110000 && (point < 0xD800 || point > 0xDFFF);
    wrong += utf8_length(pos, pos + text.size()) != (is_valid ? text.size() : 0);
    wrong += text.size() > 1 && utf8_length(pos, pos + text.size() - 1) != 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("utf8: of all sequences of two bytes exactly the valid ones pass") {
  size_t valid = 0;
  for (unsigned first = 0; first < 256; ++first)
    for (unsigned second = 0; second < 256; ++second)
      valid += is_utf8(std::string{static_cast<char>(first), static_cast<char>(second)});
  CHECK(valid == 128 * 128 + (0x800 - 0x80));
}

TEST_CASE("utf8: of all sequences of three bytes exactly the valid ones pass") {
  size_t valid = 0;
  char text[3];
  for (unsigned x = 0; x < 0x1000000; ++x) {
    text[0] = static_cast<char>(x >> 16U);
    text[1] = static_cast<char>(x >> 8U & 0xFFU);
    text[2] = static_cast<char>(x & 0xFFU);
    valid += is_utf8({text, 3});
  }
  CHECK(valid == 128U * 128 * 128 + 2 * 128 * (0x800 - 0x80) + (0x10000 - 0x800 - 0x800));
}

TEST_CASE("utf8: overlong forms, lone continuation bytes and truncated characters are refused") {
  for (auto text : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\x80", "\xBF", "\xED\xA0\x80",
                    "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98"})
    CHECK_FALSE(is_utf8(text));
}

TEST_CASE("utf8: one invalid byte is found at every position of a long text") {
  for (size_t size : {1U, 8U, 31U, 32U, 33U, 64U, 100U})
    for (size_t place = 0; place < size; ++place) {
      std::string text(size, 'x');
      CHECK(is_utf8(text));
      text[place] = '\x80';
      CHECK_FALSE(is_utf8(text));
    }
}

TEST_CASE("utf8: pieces give the same result as the whole, and an invalid byte is refused when it arrives") {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
  utf8_validator validator;
  for (auto byte : text)
    CHECK(validator.feed({&byte, 1}));
  CHECK(validator.complete());
  CHECK(validator.feed("\xF0"));
  CHECK_FALSE(validator.complete());
  CHECK_FALSE(validator.feed("\x8F"));
  CHECK_FALSE(validator.feed("a"));
  CHECK_FALSE(validator.complete());
}

TEST_CASE("utf8: a prefix never splits a character") {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  for (size_t size = 0; size <= text.size() + 1; ++size) {
    CHECK(is_utf8(utf8_prefix(text, size)));
    CHECK(utf8_prefix(text, size).size() <= size);
  }
  CHECK(utf8_prefix(text, 2) == "a");
  CHECK(utf8_prefix(text, 3) == "a\xC3\xA9");
  CHECK(utf8_prefix(text, 99) == text);
}
