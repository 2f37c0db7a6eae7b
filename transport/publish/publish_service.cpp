#include "transport/publish/publish_service.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

#include <caf/send.hpp>

#include "actors/client/limits.hpp"
#include "actors/node/node_parts.hpp"
#include "transport/http/field_list.hpp"
#include "transport/publish/commands.hpp"
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/transport/server.hpp>

namespace bennu::engine {

namespace {

http_response no_key(const http_request& request) {
  const bool has_one = request.find("Authorization").has_value();
  auto result = api_error(401, "a key is needed: Authorization: Bearer KEY");
  result.headers.emplace_back("WWW-Authenticate",
                              has_one ? R"(Bearer error="invalid_token")" : "Bearer"); // RFC 6750 §3
  return result;
}

// JSON, in UTF-8 (RFC 8259 §8.1) and as it is. A request without the header leaves it to the server (RFC 9110 §8.3).
bool is_json_content(const http_request& request) {
  if (is_twice(request, "Content-Type") || is_twice(request, "Content-Encoding"))
    return false;
  const auto coding = request.find("Content-Encoding");
  if (coding && !same_token(trimmed(*coding), "identity"))
    return false;
  auto rest = request.find("Content-Type").value_or("application/json");
  return same_token(take_part(rest, ';'), "application/json");
}

http_response no_json() {
  auto result = api_error(415, "the body must be JSON: Content-Type: application/json, without a Content-Encoding");
  result.headers.emplace_back("Accept-Encoding", "identity"); // RFC 9110 §12.5.3
  return result;
}

} // namespace

publish_service::publish_service(publish_api api, node_parts& of)
  : api_(std::move(api)), keys_(api_), node_(of),
    known_({.max_keys = api_.max_idempotency_keys, .owners = keys_.numbers()}) {
  if (!api_.path.starts_with('/') || api_.path.ends_with('/'))
    throw std::invalid_argument("the path of the publish API must begin with \"/\" and must not end with one");
  node_.calls.serve(call_service::publish, [this](std::string body, node_calls::give_answer answer) {
    if (const auto actor = actor_.get())
      caf::anon_send(actor, api_asked{std::move(body), std::move(answer)});
  });
  node_.calls.when_hub_starts([this](const caf::actor& hub) {
    if (const auto actor = actor_.get())
      caf::anon_send(actor, api_new_hub{hub});
  });
}

// All errors of the API look alike, also those that the server finds.
http_response publish_service::error(unsigned status, std::string_view why) const {
  switch (status) {
    case 404:
      return api_error(404, "there is nothing at this path: see publish-api.openapi.yaml");
    case 405:
      return api_error(405, "this path does not take this method: see Allow");
    case 413:
      return api_error(413, "the body is too large: at most " + std::to_string(api_.max_body_bytes) + " bytes");
    default:
      constexpr std::string_view of_400 = "Bad Request: ";
      return api_error(status, why.starts_with(of_400) ? why.substr(of_400.size()) : why);
  }
}

void publish_service::mount(server& web) {
  is_channel_topic_ = [&web](std::string_view id) { return web.has_channel(id); };
  web.add_errors(api_.path, [this](unsigned status, std::string_view why) { return error(status, why); });
  const auto add = [&](const char* method, const char* name, api_action what) {
    const bool has_body = std::string_view{method} == "POST";
    web.add(
      method, api_.path + name,
      [this, what](http_request request, http_reply reply) { receive(what, std::move(request), std::move(reply)); },
      {.max_body_bytes = api_.max_body_bytes,
       .admit = [this, has_body](const http_request& head) { return refusal(head, has_body); }});
  };
  add("POST", "/publish", api_action::publish);
  add("GET", "/presence", api_action::presence);
  add("POST", "/disconnect", api_action::disconnect);
  add("GET", "/topics", api_action::topics);
}

child_spec publish_service::supervised() {
  supervisor_spec all{one_for_one};
  all.name("publish api");
  all.add(registered_in(actor_, child<publish_actor>("publisher", publish_parts{node_, known_, is_channel_topic_})));
  return all.supervised("publish api");
}

std::optional<http_response> publish_service::refusal(const http_request& head, bool has_body) const {
  if (keys_.find(head) == nullptr)
    return no_key(head);
  if (has_body && !head.query.empty())
    return api_error(400, "this path takes no query");
  return has_body && !is_json_content(head) ? std::optional{no_json()} : std::nullopt;
}

// Who has a key is one of the operator's own services, and so decides what is recorded. Source of the names:
// OpenTelemetry's semantic conventions for HTTP.
std::unique_ptr<open_span> publish_service::span_of(const http_request& request) const {
  const auto* by = telemetry::tracer_of(node_.system);
  if (by == nullptr)
    return nullptr;
  const auto cause = trace_context::parse(request.header("traceparent"), request.header("tracestate"));
  auto result = std::make_unique<open_span>(*by, request.method + " " + request.path, span_kind::server,
                                            cause.value_or(trace_context{}), trace_sender::node);
  result->set("http.request.method", request.method);
  result->set("http.route", request.path);
  result->set("url.path", request.path);
  result->set("url.scheme", request.scheme);
  result->set("client.address", request.peer_address);
  return result;
}

// The key is one: `refusal` was asked before.
void publish_service::receive(api_action what, http_request request, http_reply reply) const {
  const auto key = keys_.find(request);
  if (key == nullptr)
    return reply(no_key(request));
  if (!api_request::room_of(*key, what).enter(api_request::size_of(request))) {
    limit_hit(node_.system, "api_requests");
    return reply(too_many("too many requests of this key wait already"));
  }
  auto span = span_of(request);
  auto accepted = std::make_shared<api_request>(what, key, std::move(request), std::move(reply));
  accepted->span = std::move(span);
  if (const auto actor = actor_.get())
    caf::anon_send(actor, api_requested{std::move(accepted)});
}

} // namespace bennu::engine
