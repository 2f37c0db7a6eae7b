#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "transport/observer/event_gate.hpp"
#include "transport/observer/latency_window.hpp"
#include "transport/observer/load.hpp"
#include "transport/observer/log_ring.hpp"
#include "transport/observer/page_files.hpp"
#include "transport/observer/page_of_rows.hpp"
#include "transport/observer/question.hpp"
#include "transport/observer/ring.hpp"
#include "transport/observer/token_guard.hpp"

using namespace bennu;
using namespace bennu::engine;
using nlohmann::json;

namespace {

std::vector<int> page_of(const json& params, const std::vector<int>& all) {
  const auto page = page_query::read(params, {"name"});
  first_rows<int> left{page}, right{page}; // as two io units
  for (size_t i = 0; i < all.size(); ++i)
    (i % 2 == 0 ? left : right).add({all[i], {}, std::to_string(all[i])}, all[i]);
  left.merge(std::move(right));
  return std::move(left).take(page.offset);
}

} // namespace

TEST_CASE("observer: pages of a list that is read in parts are the pages of the whole list") {
  std::vector<int> all;
  for (int i = 0; i < 100; ++i)
    all.push_back((i * 37) % 100);
  for (const size_t limit : {1, 7, 50}) {
    std::vector<int> seen;
    for (size_t offset = 0; offset < all.size(); offset += limit)
      for (const int x : page_of({{"offset", offset}, {"limit", limit}}, all))
        seen.push_back(x);
    CHECK(seen.size() == all.size());
    CHECK(std::is_sorted(seen.begin(), seen.end()));
  }
  CHECK(page_of({{"limit", 3}, {"descending", true}}, all) == std::vector<int>{99, 98, 97});
  CHECK(page_of({{"limit", 3}, {"offset", 100}}, all).empty());
  CHECK(page_of({{"limit", 0}}, all).empty());
}

TEST_CASE("observer: a page without rows takes no row, also when it is asked first") {
  const first_rows<int> none{page_query::read({{"limit", 0}}, {"name"})};
  CHECK_FALSE(none.takes({1, {}, "a"}));
}

TEST_CASE("observer: a row that was seen twice is on the page once") {
  first_rows<int> rows{page_query{}};
  rows.add({1, {}, "a"}, 1);
  rows.add({1, {}, "a"}, 1);
  rows.add({1, {}, "b"}, 2);
  CHECK(std::move(rows).take(0) == std::vector<int>{1, 2});
}

TEST_CASE("observer: params of a wrong type, or beyond their bounds, are refused with what is allowed") {
  for (const auto& params : std::vector<json>{{{"limit", 201}},
                                              {{"limit", -1}},
                                              {{"limit", "7"}},
                                              {{"limit", 1.5}},
                                              {{"offset", 100'001}},
                                              {{"search", 7}},
                                              {{"sort", "size"}},
                                              {{"search", std::string(1025, 'x')}},
                                              {{"descending", 1}}})
    CHECK_THROWS_AS(page_query::read(params, {"name", "age"}), wrong_params);
  CHECK_THROWS_WITH(page_query::read({{"sort", "size"}}, {"name", "age"}), "sort must be one of name, age");
  CHECK(page_query::read(json::object(), {"name"}).limit == 50);
}

TEST_CASE("observer: texts of clients become valid UTF-8 of a bounded size") {
  CHECK(shown_text("a\xFF"
                   "b")
        == "a\xEF\xBF\xBD"
           "b");
  CHECK(shown_text(std::string(100, 'x'), 10) == "xxxxxxxxxx\xE2\x80\xA6");
  CHECK(shown_text("\xC3\xA4\xC3\xA4", 3) == "\xC3\xA4\xE2\x80\xA6");
  CHECK(contains_text("User_Sockets:7", "sockets"));
  CHECK_FALSE(contains_text("abc", "abcd"));
}

TEST_CASE("observer: a ring keeps the newest entries, and a reader goes on after the last that it has seen") {
  numbered_ring<int> ring{3};
  const auto after = [&ring](uint64_t number) {
    std::vector<int> result;
    ring.each_after(number, [&](uint64_t, int x) { result.push_back(x); });
    return result;
  };
  CHECK(after(0).empty());
  for (int i = 1; i <= 5; ++i)
    ring.add(i);
  CHECK(ring.last() == 5);
  CHECK(after(0) == std::vector<int>{3, 4, 5});
  CHECK(after(4) == std::vector<int>{5});
  CHECK(after(5).empty());
  CHECK(after(UINT64_MAX).empty());
}

TEST_CASE("observer: the log tells the lines of a level that contain a text") {
  log_ring log;
  log.add("info", "room opened");
  log.add("warning", "room \xFF is slow");
  CHECK(log.lines(0, "info", "").at("lines").size() == 2);
  CHECK(log.lines(0, "warning", "ROOM").at("lines").at(0).at("n") == 2);
  CHECK(log.lines(2, "info", "").at("lines").empty());
  CHECK_THROWS_AS(log.lines(0, "loud", ""), wrong_params);
}

TEST_CASE("observer: percentiles are at most a quarter too high, and forget what is older than ten seconds") {
  latency_window window;
  for (int us = 1; us <= 1000; ++us)
    window.add(us, 100);
  const auto now = window.summary(105);
  CHECK(now.samples == 1000);
  CHECK(now.p50_us >= 500);
  CHECK(now.p50_us <= 625);
  CHECK(now.p99_us >= 990);
  CHECK(now.p99_us <= 1238);
  CHECK(window.summary(110).samples == 0);
  window.add(-5, 111);
  window.add(INT64_MAX, 111);
  CHECK(window.summary(111).samples == 2);
}

TEST_CASE("observer: rates are differences per second, and never negative") {
  load_sample before, after;
  before.at_ms = 1'000;
  before.traffic.in = 100;
  before.traffic.out = 50;
  after.at_ms = 3'000;
  after.traffic.in = 300;
  CHECK(rates_between(before, after).in == 100);
  CHECK(rates_between(before, after).out == 0);
  CHECK(rates_between(load_sample{}, after).in == 0); // the first sample
}

TEST_CASE("observer: a right token is accepted whatever others do; wrong ones are soon too many") {
  using namespace std::chrono_literals;
  size_t lines = 0;
  token_guard guard{"right", [&lines](const std::string&) { ++lines; }};
  const token_guard::time_point start{};
  for (int i = 0; i < token_guard::burst; ++i)
    CHECK(guard.check("1.2.3.4", "wrong", start) == token_guard::verdict::wrong);
  CHECK(guard.check("1.2.3.4", "", start) == token_guard::verdict::too_many);
  CHECK(guard.check("1.2.3.4", "right", start) == token_guard::verdict::right);
  CHECK(guard.check("5.6.7.8", "wrong", start) == token_guard::verdict::wrong);
  CHECK(guard.check("1.2.3.4", "wrong", start + 10s) == token_guard::verdict::wrong);
  CHECK(guard.check("1.2.3.4", "wrong", start + 11s) == token_guard::verdict::too_many);
  CHECK(lines == token_guard::burst + 2);
}

TEST_CASE("observer: bounds: token_guard::max_addresses are remembered, then all are forgotten") {
  token_guard guard{"right"};
  const token_guard::time_point start{};
  const auto is_too_many = [&](const std::string& address) {
    return guard.check(address, "wrong", start) == token_guard::verdict::too_many;
  };
  for (int i = 0; i < token_guard::burst; ++i)
    CHECK_FALSE(is_too_many("first"));
  for (size_t i = 1; i < token_guard::max_addresses; ++i)
    CHECK_FALSE(is_too_many(std::to_string(i)));
  CHECK(is_too_many("first"));
  CHECK_FALSE(is_too_many("one more"));
  CHECK_FALSE(is_too_many("first"));
}

TEST_CASE("observer: the page is in the library, and a browser that has a file gets none again") {
  REQUIRE_FALSE(page_files().empty());
  for (const auto& file : page_files()) {
    CHECK_FALSE(file.bytes().empty());
    const auto whole = page_response(file, {});
    CHECK(whole.status == 200);
    CHECK(whole.body == file.bytes());
    http_request again;
    for (const auto& [name, value] : whole.headers)
      if (name == "ETag")
        again.headers.emplace_back("If-None-Match", value);
    CHECK(page_response(file, again).status == 304);
  }
}

TEST_CASE("observer: who asks every minute for a day has a handler of telemetry attached a few times only") {
  handler_need need;
  bool is_attached = false;
  int attached = 0;
  for (int64_t second = 1'000; second < 87'400; ++second) {
    if (second % 60 == 0) {
      need.ask(second);
      attached += is_attached ? 0 : 1;
      is_attached = true;
    }
    if (is_attached && need.rest(second))
      is_attached = false;
    CHECK(need.is_wanted() == (second >= 1'020 && second % 60 <= kept_after_question));
  }
  CHECK(attached <= 4);
}

TEST_CASE("observer: only events whose names begin with what somebody has asked for within ten seconds are kept") {
  asked_prefixes asked;
  CHECK_FALSE(asked.has("link.up", 0));
  asked.ask("link.", 0);
  asked.ask("process.crashed", 5);
  CHECK(asked.has("link.up", 10));
  CHECK_FALSE(asked.has("link", 10));
  CHECK_FALSE(asked.has("channel.join", 10));
  CHECK_FALSE(asked.has("link.up", 11));
  CHECK(asked.has("process.crashed", 11));
  asked.ask("", 20);
  CHECK(asked.has("channel.join", 30));
  CHECK_FALSE(asked.has("channel.join", 31));
  for (size_t i = 0; i <= asked_prefixes::max_prefixes; ++i)
    asked.ask("name " + std::to_string(i), 100);
  CHECK(asked.has("name " + std::to_string(asked_prefixes::max_prefixes), 100));
  asked.ask("link.", 200);
  CHECK(asked.has("link.up", 200));
  CHECK_FALSE(asked.has("name 1", 200));
}

TEST_CASE("observer: of each second a quota lets pass so many, also when a thread is a second behind") {
  second_quota quota{3};
  const auto passed = [&](int64_t second) {
    int result = 0;
    for (int i = 0; i < 10; ++i)
      result += quota.take(second) ? 1 : 0;
    return result;
  };
  CHECK(passed(7) == 3);
  CHECK(passed(8) == 3);
  CHECK(passed(7) == 0);
  CHECK(passed(9) == 3);
}
