#include <doctest/doctest.h>

#include "apps/chat/message_rules.hpp"
#include "apps/chat/name_rules.hpp"
#include "apps/chat/window_limiter.hpp"
#include "apps/chat/wire_format.hpp"

using namespace chat;
using namespace std::chrono_literals;

TEST_CASE("names: 1 to 32 letters, digits, _ and -") {
  CHECK_FALSE(complaint_about_name("a"));
  CHECK_FALSE(complaint_about_name("Ann_B-2"));
  CHECK_FALSE(complaint_about_name(std::string(32, 'x')));
  CHECK(complaint_about_name(std::string(33, 'x')));
  CHECK(complaint_about_name(""));
  for (auto* bad : {"a b", "\xc3\xa4", "a.b", "<b>", "a@b"})
    CHECK(complaint_about_name(bad));
}

TEST_CASE("passwords: 8 bytes at least") {
  CHECK(complaint_about_password("1234567"));
  CHECK_FALSE(complaint_about_password("12345678"));
  CHECK(complaint_about_password(std::string(1025, 'x')));
}

TEST_CASE("messages: blank ones, too long ones and refused words are told apart") {
  auto filter = word_filter::from_text("# list\nDarn\n\xc3\x84rger\n");
  CHECK(judge_message("", filter) == verdict::blank);
  CHECK(judge_message(" \n\t\xc2\xa0\xe2\x80\x8b", filter) == verdict::blank);
  CHECK(judge_message(std::string(1000, 'x'), filter) == verdict::fine);
  CHECK(judge_message(std::string(1001, 'x'), filter) == verdict::too_long);
  CHECK(judge_message("well, DARN!", filter) == verdict::inappropriate);
  CHECK(judge_message("darning socks", filter) == verdict::fine);
  CHECK(judge_message("\xc3\xa4RGER", filter) == verdict::inappropriate);
  CHECK(judge_message("list", filter) == verdict::fine);
}

TEST_CASE("mentions: each name once, and no mail addresses") {
  using names = std::vector<std::string>;
  CHECK(mentions_in("@ann and @Bob_2, @ANN!") == names{"ann", "Bob_2"});
  CHECK(mentions_in("write to me@example.org") == names{});
  CHECK(mentions_in("@ @@x (@y)") == names{"x", "y"});
  CHECK(mentions_in("@" + std::string(33, 'x')) == names{});
}

TEST_CASE("limiter: the bound holds in every window, for each key alone") {
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

TEST_CASE("wire: an avatar depends on the name alone, and a name never becomes markup") {
  CHECK(avatar_svg("ann") == avatar_svg("ann"));
  CHECK(avatar_svg("ann") != avatar_svg("bob"));
  CHECK(avatar_svg("<b").find("<b") == std::string::npos);
}
