#include "transport/admission/client_admission.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "actors/wire/base64.hpp"
#include "actors/wire/serializer.hpp"
#include "supervision/process/activity.hpp"
#include "supervision/process/crash_report.hpp"
#include "transport/http/uri.hpp"

namespace bennu::engine {

namespace {

// The official client's `authToken`: in a header when it polls, in the name of a sub-protocol when it opens a
// WebSocket, since a browser lets a page choose nothing else. Source: Phoenix.Socket.Transport.
std::string auth_token_of(const http_request& request, transport_kind transport) {
  constexpr std::string_view prefix = "base64url.bearer.phx.";
  if (transport == transport_kind::longpoll)
    return std::string{request.header("X-Phoenix-AuthToken")};
  const auto protocols = request.header("Sec-WebSocket-Protocol");
  const auto begin = protocols.find(prefix);
  if (begin == std::string_view::npos)
    return {};
  std::string token{protocols.substr(begin + prefix.size())};
  token.resize(std::min(token.size(), token.find_first_of(", \t=")));
  // What the prefix promises, and the plain alphabet, which is what the official client sends (`btoa`) and Phoenix
  // reads.
  std::replace(token.begin(), token.end(), '+', '-');
  std::replace(token.begin(), token.end(), '/', '_');
  return decode_base64url(token).value_or(std::string{});
}

std::optional<connect_info> info_of(const http_request& request, transport_kind transport) {
  auto query = parse_query(request.query);
  if (!query)
    return std::nullopt;
  connect_info result;
  for (auto& [name, value] : *query)
    result.params[std::move(name)] = std::move(value);
  result.headers = request.headers;
  result.peer_address = request.peer_address;
  result.transport = transport;
  result.auth_token = auth_token_of(request, transport);
  result.uri = request.target;
  result.scheme = request.scheme;
  return result;
}

std::string_view name_of(transport_kind x) {
  return x == transport_kind::websocket ? "websocket" : "longpoll";
}

int64_t status_of(transport_kind accepted) {
  return accepted == transport_kind::websocket ? 101 : 200;
}

trace_context trace_context_of(const http_request& request) {
  if (auto found = trace_context::parse(request.header("traceparent"), request.header("tracestate")))
    return *found;
  std::string parent, state;
  for (auto& [name, value] : parse_query(request.query).value_or(query_pairs{}))
    if (name == "traceparent")
      parent = std::move(value);
    else if (name == "tracestate")
      state = std::move(value);
  return trace_context::parse(parent, state).value_or(trace_context{});
}

std::optional<std::string_view> vsn_of(const connect_info& info) {
  auto i = info.params.find("vsn");
  return i == info.params.end() ? std::nullopt : std::optional<std::string_view>{i->second};
}

} // namespace

http_response bad_query() {
  return http_response::text(400, "Bad Request: the query string is not valid percent-encoded UTF-8\n");
}

void client_admission::add(endpoint x) {
  const auto path = x.path();
  if (std::any_of(endpoints_.begin(), endpoints_.end(),
                  [&path](const auto& other) { return other.via->path() == path; }))
    throw std::logic_error("there is an endpoint at " + path + " already");
  endpoints_.push_back({std::make_unique<endpoint>(std::move(x)), path + "/websocket", path + "/longpoll"});
}

const endpoint* client_admission::websocket_at(std::string_view path) const noexcept {
  for (auto& x : endpoints_)
    if (same_segments(path, x.websocket_path))
      return x.via.get();
  return nullptr;
}

// Only the pattern `*` matches the empty topic.
bool client_admission::has_channel(std::string_view topic) const noexcept {
  return std::any_of(endpoints_.begin(), endpoints_.end(), [&topic](const auto& x) {
    const auto* route = x.via->route_of(topic);
    return route != nullptr && route != x.via->route_of({});
  });
}

const endpoint* client_admission::longpoll_at(std::string_view path) const noexcept {
  for (auto& x : endpoints_)
    if (x.via->options().longpoll && same_segments(path, x.longpoll_path))
      return x.via.get();
  return nullptr;
}

bool client_admission::admits_origin(const endpoint& via, const http_request& request) const {
  const auto& own = via.options().allowed_origins;
  const auto origin = request.find("Origin");
  if (origin_allowed(own.empty() ? allowed_origins : own, origin, request.header("Host")))
    return true;
  report_origin(via, *origin, request.header("Host"));
  return false;
}

std::variant<admission, http_response> client_admission::admit(const endpoint& via, const http_request& request,
                                                               transport_kind transport) const {
  std::string_view why;
  const auto span = span_of(via, request, transport);
  std::optional<trace_scope> traced;
  if (span)
    traced.emplace(span->context());
  auto result = ask(via, request, transport, why);
  const auto* answer = std::get_if<http_response>(&result);
  if (answer != nullptr)
    report_refused(via, transport, answer->status, why);
  if (span) {
    span->set("http.response.status_code",
              answer != nullptr ? static_cast<int64_t>(answer->status) : status_of(transport));
    if (answer != nullptr && answer->status >= 500)
      span->fail(why);
    else if (answer != nullptr)
      span->set("bennu.refused", why);
    else if (span->is_recorded())
      std::get<admission>(result).from.trace = span->context();
  }
  return result;
}

// The context of the request's headers, or, since a browser lets a page set none when it opens a WebSocket, of its
// params. Source of the names: OpenTelemetry's semantic conventions for HTTP.
std::unique_ptr<open_span> client_admission::span_of(const endpoint& via, const http_request& request,
                                                     transport_kind transport) const {
  const auto* by = spans != nullptr ? spans->tracer() : nullptr;
  if (by == nullptr)
    return nullptr;
  auto result = std::make_unique<open_span>(*by, "socket.connect " + via.path(), span_kind::server,
                                            trace_context_of(request), trace_sender::client);
  result->set("http.request.method", request.method);
  result->set("http.route", via.path() + "/" + std::string{name_of(transport)});
  result->set("url.path", request.path);
  result->set("url.scheme", request.scheme);
  result->set("client.address", request.peer_address);
  if (const auto agent = request.find("User-Agent"))
    result->set("user_agent.original", *agent);
  return result;
}

std::variant<admission, http_response> client_admission::ask(const endpoint& via, const http_request& request,
                                                             transport_kind transport, std::string_view& why) const {
  why = "the server stops";
  if (is_draining)
    return http_response{503, {{"Retry-After", "1"}}, {}};
  const auto info = info_of(request, transport);
  why = "the query string cannot be read";
  if (!info)
    return bad_query();
  why = "the page comes from an origin that is not allowed";
  if (!admits_origin(via, request))
    return http_response::text(403, "");
  admission result;
  result.format = via.serializer_for(vsn_of(*info));
  why = "the version of the protocol (vsn) is not known";
  if (result.format == nullptr)
    return http_response::text(403, "");
  why = "the socket's connect refused";
  try {
    result.user = via.make_socket();
    activity_scope busy{{&typeid(*result.user), 0, request.path, "connect"}};
    const auto begin = std::chrono::steady_clock::now();
    auto answer = result.user->connect(*info);
    result.from = {info->peer_address,
                   std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin),
                   {}};
    if (auto* refused = std::get_if<connect_refused>(&answer))
      return http_response{refused->status, {{"Content-Type", refused->content_type}}, refused->body};
    result.terms = std::get<connected>(answer);
    result.id = result.user->id();
    why = "its id has as many connections as it may have";
    if (ids == nullptr)
      return result;
    auto place = ids->take(result.id, via.options().max_connections_per_id);
    if (!place) {
      report_crowded(result.id);
      return http_response{429, {{"Retry-After", "1"}}, {}};
    }
    result.place = std::move(*place);
    return result;
  } catch (...) {
    report(exception_text());
  }
  why = "the socket's connect crashed";
  return http_response::text(500, "Internal Server Error");
}

} // namespace bennu::engine
