#include "transport/program/series.hpp"

#include <string>

#include <doctest/doctest.h>
#include <prometheus/text_serializer.h>

using namespace bennu::engine;

namespace {

std::string text_of(const time_histograms& x) {
  return prometheus::TextSerializer{}.Serialize({x.collect()});
}

bool has(const std::string& text, std::string_view line) {
  return text.find(line) != std::string::npos;
}

} // namespace

TEST_CASE("series: a label has a bounded number of values, and the rest is other") {
  bounded_label label{2};
  CHECK(label.of("a") == "a");
  CHECK(label.of("b") == "b");
  CHECK(label.of("c") == "other");
  CHECK(label.of("a") == "a");
}

TEST_CASE("series: times are counted in the bucket of their upper end, and told in seconds") {
  time_histograms times{"x_seconds", "Help.", {"channel", "result"}, {1'000, 2'500'000}};
  times.observe({"room", "ok"}, 1'000);
  times.observe({"room", "ok"}, 1'001);
  times.observe({"room", "ok"}, 9'000'000);
  times.observe({"room", "error"}, -1); // a clock may step back
  const auto text = text_of(times);
  CHECK(has(text, R"(x_seconds_bucket{channel="room",result="ok",le="0.001"} 1)"));
  CHECK(has(text, R"(x_seconds_bucket{channel="room",result="ok",le="2.5"} 2)"));
  CHECK(has(text, R"(x_seconds_bucket{channel="room",result="ok",le="+Inf"} 3)"));
  CHECK(has(text, R"(x_seconds_count{channel="room",result="ok"} 3)"));
  CHECK(has(text, R"(x_seconds_sum{channel="room",result="ok"} 9.002001)"));
  CHECK(has(text, R"(x_seconds_sum{channel="room",result="error"} 0)"));
  CHECK_FALSE(has(text, "other"));
}

TEST_CASE("series: combinations beyond the bound are counted under other") {
  time_histograms times{"x_seconds", "Help.", {"event"}, {1'000}};
  for (size_t i = 0; i < time_histograms::max_series + 50; ++i)
    times.observe({"event " + std::to_string(i)}, 1);
  times.observe({"event 3"}, 1);
  const auto text = text_of(times);
  CHECK(has(text, R"(x_seconds_count{event="other"} 50)"));
  CHECK(has(text, R"(x_seconds_count{event="event 3"} 2)"));
  CHECK(times.collect().metric.size() == time_histograms::max_series + 1);
}

TEST_CASE("series: beyond the bound a series keeps its first label, up to a second bound") {
  time_histograms times{"x_seconds", "Help.", {"channel", "event"}, {1'000}};
  for (size_t i = 0; i < time_histograms::max_series; ++i)
    times.observe({"first", "event " + std::to_string(i)}, 1);
  for (size_t i = 0; i < time_histograms::max_first_labels; ++i)
    times.observe({"channel " + std::to_string(i), "a"}, 1);
  times.observe({"channel 7", "b"}, 1);
  times.observe({"one more", "a"}, 1);
  times.observe({"first", "event 3"}, 1);
  const auto text = text_of(times);
  CHECK(has(text, R"(x_seconds_count{channel="channel 7",event="other"} 2)"));
  CHECK(has(text, R"(x_seconds_count{channel="other",event="other"} 1)"));
  CHECK(has(text, R"(x_seconds_count{channel="first",event="event 3"} 2)"));
  CHECK(times.collect().metric.size() == time_histograms::max_series + time_histograms::max_first_labels + 1);
}
