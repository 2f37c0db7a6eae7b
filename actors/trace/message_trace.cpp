#include "actors/trace/message_trace.hpp"

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace bennu::engine {

namespace {

// Longer texts are no context: 32 members of `tracestate` with as many bytes as everybody should pass on.
constexpr size_t max_member_bytes = 1024;

std::string text_member(const payload& body, std::string_view name) {
  const auto found = body.member(name);
  if (!found || found->bytes().size() > max_member_bytes || !found->bytes().starts_with('"'))
    return {};
  return found->value().get<std::string>();
}

} // namespace

// The search spares most messages the walk through their members.
std::optional<trace_context> trace_context_in(const payload& body) {
  if (body.is_binary() || body.bytes().find("\"_traceparent\"") == std::string_view::npos)
    return std::nullopt;
  const auto parent = text_member(body, "_traceparent");
  return parent.empty() ? std::nullopt : trace_context::parse(parent, text_member(body, "_tracestate"));
}

} // namespace bennu::engine
