#include <doctest/doctest.h>

#include "apps/chat/text_rules.hpp"
#include "apps/chat/window_limiter.hpp"
#include "apps/chat/wire_format.hpp"

using namespace chat;
using namespace std::chrono_literals;

TEST_CASE("names: 1 to 32 letters and digits of any script, _ and -") {
  for (auto* good : {"a", "Ann_B-2", "Zo\u00eb", "\u041e\u043b\u044c\u0433\u0430", "\u05e9\u05dc\u05d5\u05dd",
                     "\u65e5\u672c\u8a9e\u304b\u306a", "\u0928\u092e\u0938\u094d\u0924\u0947", "\ud55c\uae00"})
    CHECK_MESSAGE(!complaint_about_name(good), good);
  CHECK_FALSE(complaint_about_name(std::string(32, 'x')));
  CHECK(complaint_about_name(std::string(33, 'x')));
  for (auto* bad : {"", "a b", "a.b", "<b>", "a@b", "a\u202eb", "a\nb", "a\x07", "a\u2028", "\u3164", "\u2800",
                    "a\u00ad", "\U000e0020", "\u0301a", "a\xff", "\u0430nn" /* a Cyrillic a */})
    CHECK_MESSAGE(complaint_about_name(bad), bad);
}

TEST_CASE("names: neither case nor the form of an accent makes another name") {
  CHECK(name_form("Zoe\u0308") == "Zo\u00eb");
  CHECK(name_key("ZO\u00cb") == name_key("zo\u00eb"));
  CHECK(name_key("Ann_B-2") == "ann_b-2");
}

TEST_CASE("rooms: ids are ASCII; names are one visible line without hidden characters") {
  CHECK_FALSE(complaint_about_id("lobby"));
  for (auto* bad : {"", "a b", "zo\u00eb", "lobby\n"})
    CHECK(complaint_about_id(bad));
  CHECK(complaint_about_id(std::string_view{"lobby\0hidden", 12}));
  for (auto* good : {"Caf\u00e9 \u2764\ufe0f", "\U0001f468\u200d\U0001f469 family",
                     "\U0001f3f4\U000e0067\U000e0062\U000e007f", "\u05d7\u05d3\u05e8"})
    CHECK_MESSAGE(!complaint_about_room_name(good), good);
  for (auto* bad : {"", " ", "\u3164", "\u2800", "a\u2800", "a\u00ad", "\U000e0020", "a\U000e0020", "\u202eabc", "a\nb",
                    "a\r", "a\u0085", "a\x07"})
    CHECK_MESSAGE(complaint_about_room_name(bad), bad);
  CHECK(complaint_about_room_name(std::string_view{"a\0b", 3}));
  CHECK_FALSE(complaint_about_status(""));
  CHECK(complaint_about_status("busy\x07"));
}

TEST_CASE("passwords: they have at least 8 bytes") {
  CHECK(complaint_about_password("1234567"));
  CHECK_FALSE(complaint_about_password("12345678"));
  CHECK(complaint_about_password(std::string(1025, 'x')));
}

TEST_CASE("messages: blank ones, too long ones and refused words give different errors") {
  auto filter = word_filter::from_text("# list\nDarn\n\xc3\x84rger\n");
  CHECK(judge_message("", filter) == verdict::blank);
  CHECK(judge_message(" \n\t\xc2\xa0\xe2\x80\x8b", filter) == verdict::blank);
  CHECK(judge_message(std::string(1000, 'x'), filter) == verdict::fine);
  CHECK(judge_message(std::string(1001, 'x'), filter) == verdict::too_long);
  CHECK(judge_message("well, DARN!", filter) == verdict::inappropriate);
  CHECK(judge_message("darning socks", filter) == verdict::fine);
  CHECK(judge_message("\xc3\xa4RGER", filter) == verdict::inappropriate);
  CHECK(judge_message("list", filter) == verdict::fine);
  CHECK(judge_message("da\u200drn", filter) == verdict::inappropriate);
}

TEST_CASE(
  "messages: a text without visible characters is blank, control characters are refused, line breaks are allowed") {
  for (auto* nothing : {"\u3164", "\u2800\u2800", "\u00ad", "\U000e0020", "\u200d\ufe0f", "\x07"})
    CHECK_MESSAGE(judge_message(nothing, {}) == verdict::blank, nothing);
  CHECK(judge_message("two\nlines\tand a tab\r\n", {}) == verdict::fine);
  for (auto* bad : {"bell\x07", "\x1b[31mred", "a\x7f", "a\u0085"})
    CHECK(judge_message(bad, {}) == verdict::control_characters);
  CHECK(judge_message(std::string_view{"pay 10\0 to bob", 14}, {}) == verdict::control_characters);
}

TEST_CASE("messages: characters that hide or reorder text are removed, characters that shape it stay") {
  CHECK(message_form("abc\u202edef\u202c") == "abcdef");
  CHECK(message_form("\u2066x\u2069 a\u00adb\u3164 \U000e0020") == "x ab ");
  for (auto* kept : {"\u2764\ufe0f", "\U0001f468\u200d\U0001f469", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
                     "\u200f(\u05e9)", "\U0001f3f4\U000e0067\U000e0062\U000e007f"})
    CHECK(message_form(kept) == kept);
}

TEST_CASE("mentions: each name counts once, and mail addresses are not mentions") {
  using names = std::vector<std::string>;
  CHECK(mentions_in("@ann and @Bob_2, @ANN!") == names{"ann", "Bob_2"});
  CHECK(mentions_in("write to me@example.org") == names{});
  CHECK(mentions_in("@ @@x (@y)") == names{"x", "y"});
  CHECK(mentions_in("@" + std::string(33, 'x')) == names{});
  CHECK(mentions_in("@Zo\u00eb, @zoe\u0308 and caf\u00e9@x") == names{"Zo\u00eb"});
}

TEST_CASE("limiter: the bound holds in every window, for each key separately") {
  window_limiter limiter{3, 60s};
  const window_limiter::clock::time_point t{1000s};
  for (auto at : {t, t + 10s, t + 20s})
    CHECK(limiter.take("ann", at));
  CHECK_FALSE(limiter.take("ann", t + 59s));
  CHECK(limiter.exhausted("ann", t + 59s));
  CHECK(limiter.take("bob", t + 59s));
  CHECK(limiter.take("ann", t + 60s));
  CHECK_FALSE(limiter.take("ann", t + 69s));
}

TEST_CASE("limiter: keys without recent events are forgotten") {
  window_limiter limiter{3, 60s};
  const window_limiter::clock::time_point t{1000s};
  for (int i = 0; i < 100; ++i)
    limiter.take(std::to_string(i), t);
  limiter.take("late", t + 200s);
  CHECK(limiter.keys() == 1);
}

TEST_CASE("wire: times are ISO 8601 in UTC") {
  CHECK(iso_time(0) == "1970-01-01T00:00:00.000Z");
  CHECK(iso_time(1'769'862'896'789) == "2026-01-31T12:34:56.789Z");
}

TEST_CASE("wire: an avatar depends on the name only, and a name never becomes markup") {
  CHECK(avatar_svg("ann") == avatar_svg("ann"));
  CHECK(avatar_svg("ann") != avatar_svg("bob"));
  CHECK(avatar_svg("<b").find("<b") == std::string::npos);
  CHECK(avatar_svg("zo\u00eb").find(">ZO<") != std::string::npos);
  CHECK(avatar_url({1, "Zo\u00eb"}) == "/avatars/Zo%C3%AB.svg");
}

TEST_CASE(
  "bounds: window_limiter::max_keys: with one key more an earlier one is forgotten, and the new one is limited") {
  window_limiter limiter{1, 60s};
  const window_limiter::clock::time_point t{1000s};
  for (size_t i = 0; i <= window_limiter::max_keys; ++i)
    limiter.take(std::to_string(i), t);
  CHECK(limiter.keys() == window_limiter::max_keys);
  const auto last = std::to_string(window_limiter::max_keys);
  CHECK_FALSE(limiter.take(last, t));
}
