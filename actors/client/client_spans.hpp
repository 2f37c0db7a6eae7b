#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <caf/message.hpp>

#include "actors/wire/serializer.hpp"
#include "supervision/trace/open_span.hpp"
#include <bennu/actors/reply.hpp>

namespace bennu::engine {

class channel_join;

// The spans of what a client causes. One with a context in its payload is a child of that span. Any other begins a
// trace, which links to the span of its connection: a connection lives for days, and a trace with all its messages
// could never be shown. Source: OpenTelemetry's semantic conventions for messaging, and OTEP 0220.

/// Begins the span of a join.
std::unique_ptr<open_span> span_of_join(const tracer& by, const channel_join& x);

/// Begins the span of an event of a joined client. Its name has that of the event if the channel handles it
/// (`is_known`): other names are without number.
std::unique_ptr<open_span> span_of_event(const tracer& by, const channel_join& of, const client_message& x,
                                         bool is_known);

/// Begins the span of blocking work within the current one. It ends when `then` has returned; both run within it.
void trace_work(const tracer& by, const channel_join& of, std::function<caf::message()>& work,
                std::function<reply()>& then);

/// The word that telemetry has for the result of a handler. A handler without a reply has `none`.
inline std::string_view result_of(const reply& x) {
  return x.kind() == reply::status::none ? "none" : to_string(x.kind());
}

/// Ends a span with the word that telemetry has for the result. `crash` is a failure, with that text.
void end_with(open_span& x, std::string_view result, std::string_view crash);

} // namespace bennu::engine
