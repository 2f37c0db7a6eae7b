#include "actors/client/client_spans.hpp"

#include <string>
#include <utility>

#include "actors/client/channel_join.hpp"
#include "actors/client/channel_route.hpp"
#include "actors/trace/message_trace.hpp"
#include "supervision/process/crash_report.hpp"

namespace bennu::engine {

namespace {

std::unique_ptr<open_span> begin(const tracer& by, const std::string& name, const channel_join& of,
                                 const client_message& x) {
  const auto cause = trace_context_in(x.body);
  auto result =
    std::make_unique<open_span>(by, name, span_kind::consumer, cause.value_or(trace_context{}), trace_sender::client);
  if (!result->is_recorded())
    return result;
  if (const auto* connection = of.owner().trace(); connection != nullptr && !cause)
    result->link(*connection);
  result->set("messaging.system", "bennu");
  result->set("messaging.operation.type", "process");
  result->set("messaging.destination.name", of.topic());
  result->set("messaging.destination.template", of.route().pattern.text());
  result->set("messaging.message.body.size", static_cast<int64_t>(x.body.bytes().size()));
  result->set("bennu.channel", of.route().name);
  result->set("bennu.connection", static_cast<int64_t>(of.owner().number()));
  if (!of.owner().id().empty())
    result->set("bennu.socket", of.owner().id());
  return result;
}

} // namespace

std::unique_ptr<open_span> span_of_join(const tracer& by, const channel_join& x) {
  auto result = begin(by, "channel.join " + x.route().pattern.text(), x, x.join_message());
  result->set("messaging.operation.name", "join");
  return result;
}

std::unique_ptr<open_span> span_of_event(const tracer& by, const channel_join& of, const client_message& x,
                                         bool is_known) {
  auto result = begin(by, is_known ? "channel.handle_in " + x.event : "channel.handle_in", of, x);
  result->set("messaging.operation.name", "handle_in");
  result->set("bennu.event", x.event);
  return result;
}

void trace_work(const tracer& by, const channel_join& of, std::function<caf::message()>& work,
                std::function<reply()>& then) {
  const std::shared_ptr<open_span> span = open_span::within(by, "channel.blocking", span_kind::internal);
  span->set("bennu.channel", of.route().name);
  span->set("bennu.topic", of.topic());
  work = [work = std::move(work), context = span->context()] {
    const trace_scope scope{context};
    return work();
  };
  then = [then = std::move(then), span] {
    const trace_scope scope{span->context()};
    try {
      auto answer = then();
      end_with(*span, result_of(answer), {});
      return answer;
    } catch (...) {
      end_with(*span, "crash", exception_text());
      throw;
    }
  };
}

void end_with(open_span& x, std::string_view result, std::string_view crash) {
  x.set("bennu.result", result);
  if (result == "crash") {
    x.set("error.type", "crash");
    x.fail(crash);
  }
  x.end();
}

} // namespace bennu::engine
