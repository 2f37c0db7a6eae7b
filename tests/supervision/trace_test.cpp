#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <doctest/doctest.h>

#include "supervision/trace/open_span.hpp"
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/telemetry.hpp>

using namespace bennu;
using namespace bennu::engine;

namespace {

const std::string example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

trace_context parsed(const std::string& text, const std::string& its_state = {}) {
  return trace_context::parse(text, its_state).value_or(trace_context{});
}

/// A system whose spans are kept.
struct traced_system {
  explicit traced_system(trace_options options = {}) {
    configuration.hub().trace(options, [this](span_record&& x) { ended.push_back(std::move(x)); });
  }

  const span_record& span(const std::string& name) const {
    for (const auto& x : ended)
      if (x.name == name)
        return x;
    FAIL("no span has ended: ", name);
    throw std::logic_error("unreachable");
  }

  config configuration;
  caf::actor_system system{configuration};
  std::vector<span_record> ended;
};

} // namespace

TEST_CASE("trace context: a traceparent is read, and written as it was") {
  const auto x = parsed(example);
  CHECK(x.is_valid());
  CHECK(x.is_sampled());
  CHECK(x.traceparent() == example);
  CHECK_FALSE(parsed("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").is_sampled());
  CHECK(parsed("  " + example + "\t").is_valid());
}

TEST_CASE("trace context: of a later version the first four fields count") {
  CHECK(parsed("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings").traceparent()
        == example);
  CHECK(parsed("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").is_valid());
  CHECK_FALSE(parsed("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.x").is_valid());
  CHECK(parsed("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff").flags == 3); // only the known flags
}

TEST_CASE("trace context: a malformed traceparent is none") {
  const std::string id = "4bf92f3577b34da6a3ce929d0e0e4736", span = "00f067aa0ba902b7";
  const auto bad = {
    std::string{},
    std::string{"00"},
    "00-" + id + "-" + span,
    "00-" + id + "-" + span + "-0",
    "00-" + id + "-" + span + "-01-", // version 00 has four fields
    "00-" + id + "-" + span + "-01x",
    "ff-" + id + "-" + span + "-01",
    "00-" + std::string(32, '0') + "-" + span + "-01",
    "00-" + id + "-" + std::string(16, '0') + "-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + span + "-01",
    "00-" + id + "-" + span + "-0g",
    "0x-" + id + "-" + span + "-01",
    "00_" + id + "-" + span + "-01",
    "00-" + id + "-" + span + "\r\n01",
    "00-" + id + "-00f067aa0ba902b\xff-01",
    std::string(1'000'000, '-'),
    std::string(55, '\0'),
  };
  for (const auto& text : bad)
    CHECK_MESSAGE(!trace_context::parse(text), text.substr(0, 80));
}

TEST_CASE("trace context: a tracestate is passed on, within bounds, or left out when it is malformed") {
  CHECK(parsed(example, "rojo=00f067aa0ba902b7 , congo=t61rcWkgMzE,").state
        == "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
  CHECK(parsed(example, "fw529a3039@dt=FfffffeE").state == "fw529a3039@dt=FfffffeE");
  for (const auto* bad : {"no_equals", "Big=1", "a=1,a=2", "=1", "a=", "a=b\r\nx: y", "a=b=c", "a=\x7f"})
    CHECK_MESSAGE(parsed(example, bad).state.empty(), bad);
  CHECK(parsed(example, "no_equals").is_valid());
  std::string many;
  for (int i = 0; i < 32; ++i)
    many += "k" + std::to_string(i) + "=v,";
  CHECK_FALSE(parsed(example, many).state.empty());
  CHECK(parsed(example, many + "one=more").state.empty());
  const auto long_state = "first=1,big=" + std::string(256, 'x') + ",big2=" + std::string(256, 'x');
  CHECK(parsed(example, long_state).state == "first=1,big=" + std::string(256, 'x'));
}

TEST_CASE("sampler: the ratio of the trace ids that it samples is the given one, and each id is always decided alike") {
  const tracer none{{.ratio = 0}, [](span_record&&) {}};
  const tracer all{{.ratio = 1}, [](span_record&&) {}};
  const tracer quarter{{.ratio = 0.25}, [](span_record&&) {}};
  int sampled = 0;
  for (int i = 0; i < 10'000; ++i) {
    const open_span x{all, "x", span_kind::internal};
    const auto& id = x.context().trace_id;
    CHECK(all.samples(id));
    CHECK_FALSE(none.samples(id));
    CHECK(quarter.samples(id) == quarter.samples(id));
    sampled += quarter.samples(id) ? 1 : 0;
  }
  CHECK(std::abs(sampled - 2'500) < 300); // seven standard deviations
}

TEST_CASE("sampler: the decision of OpenTelemetry's libraries for a ratio of one half") {
  const tracer half{{.ratio = 0.5}, [](span_record&&) {}};
  std::array<uint8_t, 16> id{};
  id[8] = 0x7F;
  id[9] = 0xFF;
  CHECK(half.samples(id));
  id[8] = 0x80;
  CHECK_FALSE(half.samples(id));
}

TEST_CASE("open span: a trusted client's decision is followed") {
  std::vector<span_record> ended;
  const tracer by{{.ratio = 0}, [&](span_record&& x) { ended.push_back(std::move(x)); }};
  { const open_span x{by, "sampled", span_kind::consumer, parsed(example, "a=1"), trace_sender::client}; }
  { const open_span x{by, "not", span_kind::consumer, parsed(example.substr(0, 53) + "00"), trace_sender::client}; }
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].name == "sampled");
  CHECK(ended[0].context.trace_id == parsed(example).trace_id);
  CHECK(ended[0].parent == parsed(example).span_id);
  CHECK(ended[0].is_parent_remote);
  CHECK(ended[0].context.state == "a=1");
  CHECK(ended[0].end >= ended[0].begin);
}

TEST_CASE("open span: a client that is not trusted decides nothing, and is linked; a node is always trusted") {
  std::vector<span_record> ended;
  const tracer by{{.ratio = 1, .trusts_clients = false}, [&](span_record&& x) { ended.push_back(std::move(x)); }};
  { const open_span x{by, "client's", span_kind::consumer, parsed(example), trace_sender::client}; }
  { const open_span x{by, "node's", span_kind::consumer, parsed(example), trace_sender::node}; }
  REQUIRE(ended.size() == 2);
  CHECK(ended[0].context.trace_id != parsed(example).trace_id);
  CHECK(ended[0].parent == std::array<uint8_t, 8>{});
  REQUIRE(ended[0].links.size() == 1);
  CHECK(ended[0].links[0] == parsed(example));
  CHECK(ended[1].parent == parsed(example).span_id);
}

TEST_CASE("open span: attributes and texts are bounded, and cut between characters") {
  std::vector<span_record> ended;
  const tracer by{{}, [&](span_record&& x) { ended.push_back(std::move(x)); }};
  {
    open_span x{by, std::string(10'000, 'n'), span_kind::internal};
    for (int i = 0; i < 200; ++i)
      x.set("number " + std::to_string(i), i);
    x.set("number 3", "\xF0\x9F\x90\xA6" + std::string(251, 'x') + "\xC3\xA9");
    x.set("number 3", "x" + std::string(251, 'x') + "\xF0\x9F\x90\xA6\xC3\xA9");
    x.fail(std::string(10'000, 'f'));
  }
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].name.size() == 256);
  CHECK(ended[0].failure->size() == 256);
  CHECK(ended[0].attributes.size() == 64);
  CHECK(std::get<std::string>(ended[0].attributes[3].value).size() == 256);
  CHECK(std::get<int64_t>(ended[0].attributes[4].value) == 4);
}

TEST_CASE("open span: links are bounded, and lead to recorded spans only") {
  std::vector<span_record> ended;
  const tracer by{{}, [&](span_record&& x) { ended.push_back(std::move(x)); }};
  {
    open_span x{by, "x", span_kind::internal};
    x.link({});
    x.link(parsed(example.substr(0, 53) + "00"));
    for (int i = 0; i < 100; ++i)
      x.link(parsed(example));
  }
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].links.size() == 16);
  CHECK(ended[0].links[0].is_sampled());
}

TEST_CASE("trace span: spans within each other are children, and the context is that of the innermost") {
  traced_system test;
  CHECK_FALSE(trace_context::current().is_valid());
  {
    trace_span outer{test.system, "outer", span_kind::server};
    outer.set("item", "book").set("cents", 1999);
    const auto of_outer = trace_context::current();
    CHECK(of_outer.is_valid());
    {
      const trace_span inner{test.system, "inner"};
      CHECK(trace_context::current().trace_id == of_outer.trace_id);
      CHECK(trace_context::current().span_id != of_outer.span_id);
    }
    CHECK(trace_context::current() == of_outer);
  }
  CHECK_FALSE(trace_context::current().is_valid());
  CHECK(test.span("inner").parent == test.span("outer").context.span_id);
  CHECK_FALSE(test.span("inner").is_parent_remote);
  CHECK(test.span("outer").parent == std::array<uint8_t, 8>{});
  CHECK(test.span("outer").attributes.size() == 2);
}

TEST_CASE("trace span: an exception that leaves it is its failure") {
  traced_system test;
  try {
    const trace_span x{test.system, "fails"};
    throw std::runtime_error("as asked");
  } catch (const std::runtime_error&) {
    const trace_span y{test.system, "while another is handled"};
  }
  CHECK(test.span("fails").failure);
  CHECK_FALSE(test.span("while another is handled").failure);
}

TEST_CASE("trace span: a context that came in a message is continued within a scope") {
  traced_system test;
  {
    const trace_scope scope{parsed(example)};
    const trace_span x{test.system, "continued"};
  }
  CHECK(test.span("continued").parent == parsed(example).span_id);
  CHECK_FALSE(trace_context::current().is_valid());
}

TEST_CASE("trace span: without traces there is no context, and after stop_tracing none is recorded") {
  config configuration;
  caf::actor_system system{configuration};
  {
    const trace_span x{system, "x"};
    CHECK_FALSE(trace_context::current().is_valid());
  }
  int ended = 0;
  configuration.hub().trace({}, [&](span_record&&) { ++ended; });
  CHECK(configuration.hub().hears(frequent_event::broadcast));
  { const trace_span x{system, "x"}; }
  {
    const trace_span x{system, "it goes to those who listened when it began"};
    configuration.hub().stop_tracing();
  }
  { const trace_span x{system, "x"}; }
  CHECK(ended == 2);
  CHECK_FALSE(configuration.hub().hears(frequent_event::broadcast));
}

TEST_CASE("trace span: listening to telemetry goes on while tracing begins and ends") {
  telemetry hub;
  int heard = 0;
  const auto id = hub.attach("broadcast", [&](const telemetry_event&) { ++heard; });
  hub.trace({}, [](span_record&&) {});
  hub.detach(id);
  CHECK(hub.hears(frequent_event::broadcast));
  hub.emit(frequent_event::broadcast, {}, {});
  CHECK(heard == 0);
  hub.stop_tracing();
  CHECK_FALSE(hub.hears(frequent_event::broadcast));
}
