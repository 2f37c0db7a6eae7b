#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "transport/program/otlp.hpp"
#include "transport/program/span_exporter.hpp"
#include "transport/program/trace_settings.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

span_record example() {
  span_record x;
  x.context = *trace_context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "shop=1");
  x.parent = {0, 0, 0, 0, 0, 0, 0, 1};
  x.is_parent_remote = true;
  x.name = "channel.handle_in \xFF";
  x.kind = span_kind::consumer;
  x.begin = std::chrono::system_clock::time_point{1'700'000'000'123'456'789ns};
  x.end = x.begin + 5ms;
  x.attributes = {{"bennu.event", "say \"hi\"\n"}, {"bytes", int64_t{9'007'199'254'740'993}}};
  x.links = {x.context};
  x.failure = "as asked";
  return x;
}

std::map<std::string, std::string> variables;

std::optional<trace_settings> traces(const settings& from) {
  return traces_of(from, {.name = "shop"}, [](const char* name) { return variables[name]; });
}

std::string problem(const settings& from) try {
  traces(from);
  return "none";
} catch (const std::runtime_error& why) {
  return why.what();
}

settings with_endpoint(std::string url) {
  settings result{program{.name = "shop"}};
  result.otlp_endpoint = std::move(url);
  return result;
}

std::string value(const otlp_resource& x, const std::string& name) {
  for (const auto& [key, text] : x)
    if (key == name)
      return text;
  return {};
}

} // namespace

TEST_CASE("otlp: a span has its members in OTLP's JSON, with ids in hexadecimal and long numbers as texts") {
  const auto all = json::parse(otlp_request({{"service.name", "shop"}}, "1.2", {example()}));
  const auto& of_resource = all.at("resourceSpans").at(0);
  CHECK(of_resource.at("resource").at("attributes").at(0)
        == json{{"key", "service.name"}, {"value", {{"stringValue", "shop"}}}});
  const auto& of_scope = of_resource.at("scopeSpans").at(0);
  CHECK(of_scope.at("scope") == json{{"name", "bennu"}, {"version", "1.2"}});
  const json expected = {
    {"traceId", "4bf92f3577b34da6a3ce929d0e0e4736"},
    {"spanId", "00f067aa0ba902b7"},
    {"traceState", "shop=1"},
    {"parentSpanId", "0000000000000001"},
    {"flags", 0x301},
    {"name", "channel.handle_in \xEF\xBF\xBD"},
    {"kind", 5},
    {"startTimeUnixNano", "1700000000123456789"},
    {"endTimeUnixNano", "1700000000128456789"},
    {"attributes", json::array({{{"key", "bennu.event"}, {"value", {{"stringValue", "say \"hi\"\n"}}}},
                                {{"key", "bytes"}, {"value", {{"intValue", "9007199254740993"}}}}})},
    {"links", json::array({{{"traceId", "4bf92f3577b34da6a3ce929d0e0e4736"},
                            {"spanId", "00f067aa0ba902b7"},
                            {"flags", 1},
                            {"traceState", "shop=1"}}})},
    {"status", {{"code", 2}, {"message", "as asked"}}},
  };
  CHECK(of_scope.at("spans") == json::array({expected}));
}

TEST_CASE("otlp: the first span of a trace has no parent, and one that did not fail an unset status") {
  auto x = example();
  x.parent = {};
  x.is_parent_remote = false;
  x.failure.reset();
  x.links.clear();
  x.context.state.clear();
  const auto all = json::parse(otlp_request({}, "1", {x}));
  const auto& span = all.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans").at(0);
  for (const auto* name : {"parentSpanId", "links", "traceState"})
    CHECK_FALSE(span.contains(name));
  CHECK(span.at("status") == json::object());
  CHECK(span.at("flags") == 0x101);
}

TEST_CASE("otlp: a collector tells how many spans it refused") {
  CHECK_FALSE(partial_success_in(""));
  CHECK_FALSE(partial_success_in("{}"));
  CHECK_FALSE(partial_success_in("[1"));
  CHECK_FALSE(partial_success_in(R"({"partialSuccess":{}})"));
  CHECK_FALSE(partial_success_in(R"({"partialSuccess":{"rejectedSpans":"-7"}})"));
  const auto some = partial_success_in(R"({"partialSuccess":{"rejectedSpans":"7","errorMessage":"too old"}})");
  REQUIRE(some);
  CHECK(some->rejected == 7);
  CHECK(some->text == "too old");
  CHECK(partial_success_in(R"({"partialSuccess":{"rejectedSpans":3}})")->rejected == 3);
  CHECK(partial_success_in(R"({"partialSuccess":{"errorMessage":"slow down"}})")->rejected == 0);
}

TEST_CASE("otlp: a URL is read, and what is none is refused") {
  CHECK(otlp_url::parse("http://127.0.0.1:4318") == otlp_url{false, "127.0.0.1", "4318", "/"});
  CHECK(otlp_url::parse("https://otel.example.com/a/b?c=d") == otlp_url{true, "otel.example.com", "443", "/a/b?c=d"});
  CHECK(otlp_url::parse("http://[::1]:1/x") == otlp_url{false, "::1", "1", "/x"});
  CHECK(otlp_url::parse("http://[::1]:1/x?key=secret")->text() == "http://[::1]:1/x");
  for (const auto* bad : {"", "127.0.0.1:4318", "ftp://x", "http://", "http://:80", "http://x:", "http://x:0",
                          "http://x:99999", "http://x:8a", "http://u:p@x", "http://x/#a", "http://x/a b",
                          "http://x/\r\nEvil: 1", "http://[::1", "http://[::1]x"})
    CHECK_MESSAGE(!otlp_url::parse(bad), bad);
}

TEST_CASE("traces: the endpoint gets the path of traces, unless OpenTelemetry's variable for traces names it whole") {
  variables.clear();
  CHECK_FALSE(traces(with_endpoint("")));
  CHECK(traces(with_endpoint("http://x:4318"))->to.url.text() == "http://x:4318/v1/traces");
  CHECK(traces(with_endpoint("http://x/otlp/"))->to.url.text() == "http://x:80/otlp/v1/traces");
  variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://y:4318";
  CHECK(traces(with_endpoint(""))->to.url.text() == "http://y:4318/v1/traces");
  variables["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "http://z:4318/mine";
  CHECK(traces(with_endpoint(""))->to.url.text() == "http://z:4318/mine");
  variables["OTEL_SDK_DISABLED"] = "true";
  CHECK_FALSE(traces(with_endpoint("")));
  CHECK(traces(with_endpoint("http://x"))->to.url.text() == "http://x:80/v1/traces");
  variables = {{"OTEL_EXPORTER_OTLP_ENDPOINT", "y:4318"}};
  CHECK(problem(with_endpoint("")).starts_with("OTEL_EXPORTER_OTLP_ENDPOINT y:4318: it must be http"));
}

TEST_CASE("traces: all traces are recorded unless the options or OpenTelemetry's variables say otherwise") {
  variables.clear();
  auto from = with_endpoint("http://x");
  CHECK(traces(from)->options.ratio == 1);
  CHECK(traces(from)->options.trusts_clients);
  variables = {{"OTEL_TRACES_SAMPLER", "parentbased_traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", "0.25"}};
  CHECK(traces(from)->options.ratio == 0.25);
  CHECK(traces(from)->options.trusts_clients);
  variables["OTEL_TRACES_SAMPLER"] = "traceidratio";
  CHECK_FALSE(traces(from)->options.trusts_clients);
  variables["OTEL_TRACES_SAMPLER"] = "parentbased_always_off";
  CHECK(traces(from)->options.ratio == 0);
  from.trace_sample = 0.5;
  CHECK(traces(from)->options.ratio == 0.5);
  from.trace_sample.reset();
  for (const auto* bad : {"2", "-1", "half", "nan"}) {
    variables = {{"OTEL_TRACES_SAMPLER", "traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", bad}};
    CHECK(problem(from).starts_with("OTEL_TRACES_SAMPLER_ARG"));
  }
  variables = {{"OTEL_TRACES_SAMPLER", "jaeger_remote"}};
  CHECK(problem(from).starts_with("OTEL_TRACES_SAMPLER jaeger_remote"));
}

TEST_CASE("traces: how long spans wait is a number of milliseconds") {
  variables.clear();
  CHECK(traces(with_endpoint("http://x"))->delay == 5s);
  variables["OTEL_BSP_SCHEDULE_DELAY"] = "100";
  CHECK(traces(with_endpoint("http://x"))->delay == 100ms);
  for (const auto* bad : {"0", "-1", "soon", "1s", "99999999999"}) {
    variables["OTEL_BSP_SCHEDULE_DELAY"] = bad;
    CHECK(problem(with_endpoint("http://x")).starts_with("OTEL_BSP_SCHEDULE_DELAY"));
  }
  variables.clear();
}

TEST_CASE("traces: the resource has the name of the service, and the headers are those of the variable") {
  variables = {{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a,deployment.environment=pro%20d, "},
               {"OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20x%3Dy,X-Team=shop"}};
  auto found = traces(with_endpoint("http://x"));
  CHECK(value(found->from, "service.name") == "a");
  CHECK(value(found->from, "deployment.environment") == "pro d");
  CHECK_FALSE(value(found->from, "service.instance.id").empty());
  REQUIRE(found->to.headers.size() == 2);
  CHECK(found->to.headers[0] == std::pair<std::string, std::string>{"Authorization", "Bearer x=y"});
  variables["OTEL_SERVICE_NAME"] = "b";
  CHECK(value(traces(with_endpoint("http://x"))->from, "service.name") == "b");
  for (const auto* bad : {"secret", "a=%0d%0ab", "a b=c", "=x"}) {
    variables["OTEL_EXPORTER_OTLP_HEADERS"] = bad;
    const auto text = problem(with_endpoint("http://x"));
    CHECK_MESSAGE(text.starts_with("OTEL_EXPORTER_OTLP_HEADERS"), bad);
    CHECK(text.find("secret") == std::string::npos);
  }
  variables.clear();
}

TEST_CASE("span queue: it hands out batches in order, and drops what exceeds its bytes") {
  span_queue queue{size_t{1} << 20};
  size_t taken_in = 0;
  auto x = example();
  for (int i = 0; i < 100'000; ++i) {
    x.begin += 1ns;
    taken_in += queue.add(span_record{x}) ? 1 : 0;
  }
  CHECK(taken_in < 5'000);
  CHECK(taken_in > 512);
  size_t taken_out = 0;
  auto last = example().begin;
  for (auto batch = queue.take(); !batch.empty(); batch = queue.take()) {
    CHECK(batch.size() <= span_queue::max_batch);
    for (const auto& one : batch)
      CHECK(one.begin > std::exchange(last, one.begin));
    taken_out += batch.size();
  }
  CHECK(taken_out == taken_in);
  CHECK(queue.size() == 0);
  CHECK(queue.add(example())); // the room is free again
}

TEST_CASE("export pace: what is transient is tried again, later each time, and then given up") {
  const auto now = export_pace::clock::time_point{} + 1h;
  export_pace pace;
  for (int i = 1; i < export_pace::max_attempts; ++i) {
    CHECK(pace.tried({503}, now, 0.5) == export_pace::verdict::again);
    CHECK(pace.not_before() - now == std::chrono::seconds{1 << (i - 1)});
  }
  CHECK(pace.tried({0, "no connection"}, now, 0.5) == export_pace::verdict::lost);
  CHECK(pace.not_before() - now == 16s); // also for the next spans
  for (int i = 0; i < 10; ++i)
    pace.tried({429}, now, 1);
  CHECK(pace.not_before() - now == 48s);
  CHECK(pace.tried({200}, now, 0.5) == export_pace::verdict::done);
  CHECK(pace.not_before() < now);
  CHECK(pace.tried({502}, now, 0.5) == export_pace::verdict::again);
  CHECK(pace.not_before() - now == 1s);
}

TEST_CASE("export pace: what the collector refuses for good is lost at once, and Retry-After is obeyed") {
  const auto now = export_pace::clock::time_point{} + 1h;
  export_pace pace;
  for (const unsigned status : {400U, 401U, 404U, 413U, 500U, 301U})
    CHECK(pace.tried({status}, now, 0) == export_pace::verdict::lost);
  CHECK(pace.tried({503, {}, 90s}, now, 0) == export_pace::verdict::again);
  CHECK(pace.not_before() - now == 90s);
  CHECK(pace.tried({503, {}, std::chrono::seconds{1'000'000'000'000}}, now, 0) == export_pace::verdict::again);
  CHECK(pace.not_before() - now == 1h);
}
