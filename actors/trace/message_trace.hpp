#pragma once

#include <optional>

#include <bennu/actors/payload.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// The context that a client has put into the payload of a message: the member `_traceparent`, and `_tracestate` if
/// there is one. @returns nothing when the payload is binary or no object, or the member is malformed.
std::optional<trace_context> trace_context_in(const payload& body);

} // namespace bennu::engine
