#include <doctest/doctest.h>

#include <random>
#include <stdexcept>
#include <string>

#include "actors/json/text.hpp"
#include "actors/json/utf8.hpp"
#include <bennu/actors/checked_text.hpp>

using namespace bennu;

namespace {

constexpr text_rule nickname_rule{.name = "a nickname", .max_bytes = 8};
using nickname = checked_text<nickname_rule>;

constexpr text_rule note_rule{.name = "a note", .max_bytes = 8, .may_have_controls = true};
using note = checked_text<note_rule>;

using namespace std::string_literals;

} // namespace

TEST_CASE("checked text: a text that obeys the rule is accepted unchanged, up to the last byte") {
  CHECK(nickname{"ann"} == "ann");
  CHECK(nickname{""}.empty());
  CHECK(nickname{"12345678"}.size() == 8);
  CHECK(nickname{"Zo\xC3\xAB"} == "Zo\xC3\xAB");
  CHECK(note{"a\nb\0"s} == "a\nb\0"s);
}

TEST_CASE("checked text: a text that breaks the rule is refused, and the error says what and where") {
  CHECK_THROWS_WITH_AS(nickname{"a\xFF"}, doctest::Contains("a nickname must be UTF-8"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(nickname{"a\xFF"}, doctest::Contains("byte 1 is not UTF-8"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(nickname{"123456789"}, doctest::Contains("at most 8 bytes: it has 9"), std::invalid_argument);
  for (const auto& text : {"\0"s, "a\x07"s, "\x1B[2J"s, "\x7F"s, "a\xC2\x85"s, "\xC2\x9F"s}) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(nickname{text}, doctest::Contains("control character"), std::invalid_argument);
    CHECK_FALSE(nickname::parse(text));
    CHECK(note::parse(text));
  }
  CHECK(nickname::parse("\xC2\xA0")); // U+00A0 is a space, and the first after the C1 controls
}

TEST_CASE("checked text: overlong forms, surrogates and code points beyond Unicode are not UTF-8") {
  for (const auto* text : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF0\x9F\x98", "\x80"})
    CHECK_FALSE(note::parse(text));
}

TEST_CASE("checked text: a repaired text keeps as much as possible and never half a character") {
  CHECK(nickname::repaired("a\nb")
        == "a\xEF\xBF\xBD"
           "b");
  CHECK(nickname::repaired("1234567\xC3\xAB") == "1234567");
  CHECK(nickname::repaired("ann") == "ann");
  CHECK(note::repaired("a\nb") == "a\nb");
}

TEST_CASE("checked text: property: for any bytes, no text breaks its rule") {
  std::mt19937_64 random{7};
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 12, '\0');
    for (auto& x : bytes)
      x = static_cast<char>(random() % 3 == 0 ? random() % 256 : "a\xC3\xAB\xE2\x82\xAC\x7F\x1F"[random() % 8]);
    const auto repaired = nickname::repaired(bytes);
    CHECK_FALSE(nickname_rule.problem(repaired.str()));
    CHECK(nickname::parse(bytes).has_value() == (repaired == std::string_view{bytes}));
    if (const auto taken = nickname::parse(bytes))
      CHECK(engine::is_utf8(taken->str()));
  }
}
