#include "actors/trace/broadcast_trace.hpp"

#include <memory>
#include <string>

#include <bennu/actors/broadcast.hpp>

namespace bennu::engine {

namespace {

// Source of the names: OpenTelemetry's semantic conventions for messaging.
std::shared_ptr<broadcast_trace> described(std::shared_ptr<broadcast_trace> x, const traced_message& what,
                                           std::string_view operation, std::string_view type) {
  auto& span = x->span;
  if (!span.is_recorded())
    return nullptr;
  span.set("messaging.system", "bennu");
  span.set("messaging.operation.name", operation);
  span.set("messaging.operation.type", type);
  span.set("messaging.destination.name", what.topic);
  span.set("messaging.message.body.size", static_cast<int64_t>(what.bytes));
  span.set("bennu.event", what.event);
  return x;
}

} // namespace

std::shared_ptr<broadcast_trace> trace_of_published(const tracer& by, const traced_message& x, size_t units) {
  return described(std::make_shared<broadcast_trace>(by, "broadcast " + std::string{x.event}, span_kind::producer,
                                                     trace_context::current(), trace_sender::program, units),
                   x, "broadcast", "send");
}

std::shared_ptr<broadcast_trace> trace_of_received(const tracer& by, const traced_message& x, size_t units,
                                                   const trace_context& parent, std::string_view from) {
  if (!parent.is_valid() || !parent.is_sampled())
    return nullptr;
  auto result = described(std::make_shared<broadcast_trace>(by, "broadcast.receive " + std::string{x.event},
                                                            span_kind::consumer, parent, trace_sender::node, units),
                          x, "receive", "receive");
  if (result)
    result->span.set("bennu.from_node", from);
  return result;
}

void append_trace(field_writer& to, const broadcast& x) {
  if (!x.trace)
    return;
  const auto& context = x.trace->span.context();
  to.text(context.traceparent()).text(context.state);
}

trace_context read_trace(field_reader& from) {
  if (from.done())
    return {};
  const auto parent = from.text();
  const auto state = from.text();
  return from.failed() ? trace_context{} : trace_context::parse(parent, state).value_or(trace_context{});
}

} // namespace bennu::engine
