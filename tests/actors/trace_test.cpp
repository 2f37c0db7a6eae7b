#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/cluster/hub/parcel.hpp"
#include "actors/trace/broadcast_trace.hpp"
#include "actors/trace/message_trace.hpp"
#include "tests/actors/answers.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

const std::string traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const auto of_client = *trace_context::parse(traceparent);
constexpr std::array<uint8_t, 8> nobody{};

class traced_channel : public channel_of<traced_channel> {
public:
  using channel_of::channel_of;

  join_result join(const json& params) override {
    if (params.contains("crash"))
      throw std::runtime_error("as asked");
    const trace_span query{self()->system(), "find the room", span_kind::client};
    return accept{json{{"traceparent", trace_context::current().traceparent()}}};
  }

  static events<traced_channel> events_in() {
    return {
      {"shout", [](traced_channel& self, const payload& in) { self.broadcast("shouted", in); }},
      {"echo", [](traced_channel&, const payload& in) { return reply::ok(in); }},
      {"context",
       [](traced_channel&, const json&) {
         return reply::ok({{"traceparent", trace_context::current().traceparent()}});
       }},
      {"fetch",
       [](traced_channel& self, const json& in) {
         return self.blocking(
           [&self] {
             const trace_span x{self.self()->system(), "read the file"};
           },
           [&self, in] {
             self.broadcast("fetched");
             return in.contains("crash") ? throw std::runtime_error("as asked") : reply::ok();
           });
       }},
      {"crash", [](traced_channel&, const json&) -> reply { throw std::runtime_error("as asked"); }},
    };
  }
};

struct traced_case {
  explicit traced_case(trace_options with = {}, channel_options of_channel = {})
    : options(with), world(endpoint{"/socket"}.serve<open_socket>().channel<traced_channel>("room:*", of_channel),
                           {.prepare = [this](node& x) { watch(x); }}) {}

  // The nodes of a case have one hub.
  void watch(node& x) {
    telemetry::of(x.system()).trace(options, [this](span_record&& span) { ended.push_back(std::move(span)); });
  }

  std::vector<span_record> spans(const std::string& name) {
    std::vector<span_record> result;
    for (const auto& x : ended)
      if (x.name == name)
        result.push_back(x);
    return result;
  }

  span_record span(const std::string& name) {
    const auto found = spans(name);
    REQUIRE_MESSAGE(found.size() == 1, name, ": ", found.size());
    return found.front();
  }

  trace_options options;
  std::vector<span_record> ended;
  channel_case world;
};

std::string text(const span_record& x, const std::string& name) {
  for (const auto& one : x.attributes)
    if (one.name == name)
      return std::holds_alternative<std::string>(one.value) ? std::get<std::string>(one.value)
                                                            : std::to_string(std::get<int64_t>(one.value));
  return "no " + name;
}

} // namespace

TEST_CASE("trace: a client's context leads through its event and the broadcast to the other nodes") {
  traced_case test;
  auto other = test.world.start_node("b");
  auto ann = test.world.connect().join("room:1");
  auto bob = other.connect().join("room:1");
  ann.push("shout", {{"n", 1}, {"_traceparent", traceparent}, {"_tracestate", "shop=1"}});
  bob.expect_received("shouted", {{"n", 1}});

  const auto event = test.span("channel.handle_in shout");
  const auto sent = test.span("broadcast shouted");
  const auto received = test.span("broadcast.receive shouted");
  for (const auto& x : {event, sent, received}) {
    CHECK(x.context.trace_id == of_client.trace_id);
    CHECK(x.context.state == "shop=1");
    CHECK(text(x, "messaging.destination.name") == "room:1");
    CHECK_FALSE(x.failure);
  }
  CHECK(event.parent == of_client.span_id);
  CHECK(event.is_parent_remote);
  CHECK(event.kind == span_kind::consumer);
  CHECK(text(event, "bennu.result") == "none");
  CHECK(text(event, "messaging.destination.template") == "room:*");
  CHECK(sent.parent == event.context.span_id);
  CHECK(sent.kind == span_kind::producer);
  CHECK(text(sent, "bennu.subscribers") == "2"); // ann, and the kit itself, which watches what is broadcast
  CHECK(received.parent == sent.context.span_id);
  CHECK(received.is_parent_remote);
  CHECK(text(received, "bennu.from_node") == "a");
  CHECK(text(received, "bennu.subscribers") == "2");
}

TEST_CASE("trace: the same over a topic with history") {
  traced_case test{{}, {.history = history{}}};
  auto other = test.world.start_node("b");
  auto ann = test.world.connect().join("room:1");
  auto bob = other.connect().join("room:1");
  ann.push("shout", {{"_traceparent", traceparent}});
  bob.expect_received("shouted");
  const auto sent = test.span("broadcast shouted");
  const auto received = test.span("broadcast.receive shouted");
  CHECK(sent.context.trace_id == of_client.trace_id);
  CHECK(received.parent == sent.context.span_id);
  CHECK(text(received, "bennu.subscribers") == "2");
}

TEST_CASE("trace: a message without a context begins a trace of its own") {
  traced_case test;
  auto ann = test.world.connect().join("room:1");
  const auto told = ann.expect_reply(ann.push("context"), "ok").at("traceparent").get<std::string>();
  ann.expect_reply(ann.push("context"), "ok");
  const auto both = test.spans("channel.handle_in context");
  REQUIRE(both.size() == 2);
  CHECK(both[0].parent == nobody);
  CHECK(both[0].context.trace_id != both[1].context.trace_id);
  CHECK(both[0].context.traceparent() == told); // the handler sees its own span
  CHECK(text(both[0], "bennu.result") == "ok");
}

TEST_CASE("telemetry: a handler without a reply has the result none") {
  traced_case test;
  std::vector<std::string> results;
  telemetry::of(test.world.home().system()).attach("channel.handled_in", [&](const telemetry_event& x) {
    results.emplace_back(x.text("result"));
  });
  auto ann = test.world.connect().join("room:1");
  ann.push("shout");
  ann.push("echo");
  ann.push("crash");
  CHECK(results == std::vector<std::string>{"none", "ok", "crash"});
}

TEST_CASE("trace: a bad context is ignored, and its message is handled like any other") {
  traced_case test;
  auto ann = test.world.connect().join("room:1");
  const std::vector<json> bad = {"00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
                                 "",
                                 17,
                                 nullptr,
                                 json::object(),
                                 std::string(100'000, '0'),
                                 traceparent + "\r\nSet-Cookie: x",
                                 "ff" + traceparent.substr(2)};
  for (const auto& x : bad)
    ann.expect_reply(ann.push("echo", {{"_traceparent", x}}), "ok", {{"_traceparent", x}});
  const auto all = test.spans("channel.handle_in echo");
  CHECK(all.size() == bad.size());
  for (const auto& x : all)
    CHECK(x.parent == nobody);
}

TEST_CASE("trace: a binary payload, or one that only mentions the member, has no context") {
  using engine::trace_context_in;
  CHECK_FALSE(trace_context_in(payload::binary("{\"_traceparent\":\"" + traceparent + "\"}")));
  CHECK_FALSE(trace_context_in(payload(json("\"_traceparent\""))));
  CHECK_FALSE(trace_context_in(payload(json{{"deep", {{"_traceparent", traceparent}}}})));
  CHECK_FALSE(trace_context_in(payload(json::array({"_traceparent", traceparent}))));
  CHECK_FALSE(trace_context_in({}));
  CHECK(trace_context_in(payload(json{{"_traceparent", traceparent}})));
  CHECK(trace_context_in(payload::from_text("{\"_traceparent\":1,\"_traceparent\":\"" + traceparent + "\"}")));
}

TEST_CASE("trace: a join has a span, which its handler's own spans are part of") {
  traced_case test;
  auto ann = test.world.connect().join("room:1", {{"_traceparent", traceparent}});
  const auto join = test.span("channel.join room:*");
  const auto query = test.span("find the room");
  CHECK(join.parent == of_client.span_id);
  CHECK(text(join, "bennu.result") == "ok");
  CHECK(query.parent == join.context.span_id);
  CHECK(ann.response().at("traceparent") == query.context.traceparent());
}

TEST_CASE("trace: a crash is the failure of the span of its event or join") {
  traced_case test;
  auto ann = test.world.connect().join("room:1");
  ann.push("crash");
  const auto event = test.span("channel.handle_in crash");
  REQUIRE(event.failure);
  CHECK(event.failure->find("as asked") != std::string::npos);
  CHECK(text(event, "error.type") == "crash");
  ann.push("unheard-of");
  CHECK(test.span("channel.handle_in").failure); // the client chose the name
  test.world.connect().expect_join_refused("room:2", {{"crash", true}});
  CHECK(std::any_of(test.ended.begin(), test.ended.end(),
                    [](const span_record& x) { return x.name == "channel.join room:*" && x.failure; }));
}

TEST_CASE("trace: blocking work, and what follows it, are part of their event's trace") {
  traced_case test;
  auto ann = test.world.connect().join("room:1");
  ann.expect_reply(ann.push("fetch", {{"_traceparent", traceparent}}), "ok");
  const auto event = test.span("channel.handle_in fetch");
  const auto work = test.span("channel.blocking");
  CHECK(event.parent == of_client.span_id);
  CHECK(work.parent == event.context.span_id);
  CHECK(text(work, "bennu.result") == "ok");
  CHECK(test.span("read the file").parent == work.context.span_id);
  CHECK(test.span("broadcast fetched").parent == work.context.span_id);
  ann.push("fetch", {{"crash", true}});
  CHECK(test.spans("channel.blocking").at(1).failure);
}

TEST_CASE("trace: what is not sampled leaves no span, on no node, and no byte in a parcel") {
  traced_case test{{.ratio = 0}};
  auto other = test.world.start_node("b");
  auto ann = test.world.connect().join("room:1");
  auto bob = other.connect().join("room:1");
  ann.push("shout");
  ann.push("shout", {{"_traceparent", traceparent.substr(0, 53) + "00"}});
  bob.expect_received("shouted");
  CHECK(test.ended.empty());
  // Its handlers still see the context, so that what they call does not record the trace either.
  const auto told = ann.expect_reply(ann.push("context"), "ok").at("traceparent").get<std::string>();
  CHECK(told.substr(53) == "02");
}

TEST_CASE("trace: a broadcast of a node without traces has the bytes that it always had") {
  auto x = caf::make_counted<broadcast>("room:1", "shouted", payload(json{{"n", 1}}));
  std::string plain;
  engine::append_broadcast(plain, 7, *x);
  CHECK_FALSE(engine::parse_broadcast(plain)->cause.is_valid());

  const engine::tracer by{{}, [](span_record&&) {}};
  x->trace = engine::trace_of_published(by, {x->topic, x->event, 0}, 1);
  REQUIRE(x->trace);
  std::string traced;
  engine::append_broadcast(traced, 7, *x);
  CHECK(traced.starts_with(plain)); // an older node reads this part
  const auto read = engine::parse_broadcast(traced);
  REQUIRE(read);
  CHECK(read->cause == x->trace->span.context());

  traced.resize(traced.size() - 3); // what follows is of no use, but the broadcast is
  CHECK(engine::parse_broadcast(traced));
  CHECK_FALSE(engine::parse_broadcast(traced)->cause.is_valid());
  CHECK_FALSE(engine::parse_broadcast(plain + std::string(40, '\xFF'))->cause.is_valid());
}
