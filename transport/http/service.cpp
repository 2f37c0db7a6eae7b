#include "transport/http/service.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "actors/wire/serializer.hpp"
#include "supervision/process/activity.hpp"
#include "actors/wire/base64.hpp"
#include "supervision/process/exception_text.hpp"
#include "transport/http/uri.hpp"
#include "transport/websocket/deflate.hpp"
#include "transport/websocket/handshake.hpp"

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

// Takes the next segment off the front of a path. Empty segments do not count, as in Plug.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const auto result = path.substr(0, path.find('/'));
  path.remove_prefix(result.size());
  return result;
}

bool same_segments(std::string_view x, std::string_view y) {
  for (;;) {
    const auto next = take_segment(x);
    if (next != take_segment(y))
      return false;
    if (next.empty())
      return true;
  }
}

std::optional<std::string_view> vsn_of(const connect_info& info) {
  auto i = info.params.find("vsn");
  return i == info.params.end() ? std::nullopt : std::optional<std::string_view>{i->second};
}

http_response method_not_allowed(std::string allowed) {
  auto result = http_response::text(405, "Method Not Allowed\n");
  result.headers.emplace_back("Allow", std::move(allowed));
  return result;
}

http_handler closing_after(http_handler handler) {
  return [handler = std::move(handler)](http_request request, http_reply reply) {
    handler(std::move(request), [reply = std::move(reply)](http_response x) {
      x.closes = true;
      reply(std::move(x));
    });
  };
}

} // namespace

http_service::http_service(const http_service& of, size_t places)
  : options(of.options), proxies(options.trusted), clients(places, true) {
  for (auto& x : of.routes_)
    if (x.terms.answers_when_full)
      routes_.push_back({x.method, x.path, closing_after(x.handler), x.terms});
  add_fallback([](const http_request&, const http_reply& reply) {
    reply({.status = 503, .headers = {{"Retry-After", "1"}}, .body = {}, .closes = true});
  });
}

http_response bad_query() {
  return http_response::text(400, "Bad Request: the query string is not valid percent-encoded UTF-8\n");
}

void http_service::add(endpoint x) {
  const auto path = x.path();
  if (std::any_of(endpoints_.begin(), endpoints_.end(),
                  [&path](const auto& other) { return other.via->path() == path; }))
    throw std::logic_error("there is an endpoint at " + path + " already");
  endpoints_.push_back({std::make_unique<endpoint>(std::move(x)), path + "/websocket", path + "/longpoll"});
}

void http_service::add(std::string method, std::string path, http_handler handler, route_options terms) {
  if (has(method, path))
    throw std::logic_error("there is a handler for " + method + " " + path + " already");
  routes_.push_back({std::move(method), std::move(path), std::move(handler), terms});
}

bool http_service::has(std::string_view method, std::string_view path) const noexcept {
  return std::any_of(routes_.begin(), routes_.end(),
                     [&](const route& x) { return x.method == method && x.path == path; });
}

void http_service::add_fallback(http_handler handler, route_options terms) {
  if (fallback_)
    throw std::logic_error("there is a fallback already, and there can be one");
  fallback_ = std::move(handler);
  of_fallback_ = terms;
}

const endpoint* http_service::websocket_at(std::string_view path) const noexcept {
  for (auto& x : endpoints_)
    if (same_segments(path, x.websocket_path))
      return x.via.get();
  return nullptr;
}

const endpoint* http_service::longpoll_at(std::string_view path) const noexcept {
  for (auto& x : endpoints_)
    if (x.via->options().longpoll && same_segments(path, x.longpoll_path))
      return x.via.get();
  return nullptr;
}

std::variant<admission, http_response> http_service::admit(const endpoint& via, const http_request& request,
                                                           transport_kind transport) const {
  std::string_view why;
  auto result = ask(via, request, transport, why);
  if (const auto* answer = std::get_if<http_response>(&result))
    report_refused(via, transport, answer->status, why);
  return result;
}

std::variant<admission, http_response> http_service::ask(const endpoint& via, const http_request& request,
                                                         transport_kind transport, std::string_view& why) const {
  why = "the server stops";
  if (draining)
    return http_response{503, {{"Retry-After", "1"}}, {}};
  const auto info = info_of(request, transport);
  why = "the query string cannot be read";
  if (!info)
    return bad_query();
  why = "the page comes from an origin that is not allowed";
  if (!origin_allowed(via.options().allowed_origins, request.find("Origin")))
    return http_response::text(403, "");
  admission result;
  result.format = serializer_for(vsn_of(*info));
  why = "the version of the protocol (vsn) is not known";
  if (result.format == nullptr)
    return http_response::text(403, "");
  why = "the socket's connect refused";
  try {
    result.user = via.make_socket();
    activity_scope busy{{&typeid(*result.user), 0, request.path, "connect"}};
    auto answer = result.user->connect(*info);
    if (auto* refused = std::get_if<connect_refused>(&answer))
      return http_response{refused->status, {{"Content-Type", refused->content_type}}, refused->body};
    result.terms = std::get<connected>(answer);
    result.id = result.user->id();
    return result;
  } catch (...) {
    report(exception_text());
  }
  why = "the socket's connect crashed";
  return http_response::text(500, "Internal Server Error");
}

std::variant<upgrade, http_response> http_service::let_in(const endpoint& via, const http_request& request) const {
  auto admitted = admit(via, request, transport_kind::websocket);
  if (auto* refused = std::get_if<http_response>(&admitted))
    return std::move(*refused);
  auto handshake = check_handshake(request);
  if (auto* refused = std::get_if<http_response>(&handshake))
    return *refused;
  auto& client = std::get<admission>(admitted);
  upgrade answer{&via,
                 client.format,
                 std::move(client.user),
                 std::move(client.id),
                 std::get<std::vector<http_header>>(std::move(handshake)),
                 client.terms};
  if (auto extension = via.options().compression ? accept_deflate(request) : std::nullopt) {
    answer.headers.emplace_back("Sec-WebSocket-Extensions", std::move(extension->answer));
    answer.window_bits = extension->window_bits;
  }
  return answer;
}

http_service::found_route http_service::route_of(const http_request& request) const {
  found_route result;
  for (auto& x : routes_) {
    if (!same_segments(x.path, request.path))
      continue;
    if (x.method == request.method || (request.method == "HEAD" && x.method == "GET"))
      return {&x, {}};
    result.allowed += (result.allowed.empty() ? "" : ", ") + x.method;
  }
  return result;
}

body_terms http_service::terms_of(const route_options& x) const {
  return {std::min(x.max_body_bytes, options.max_body_bytes)};
}

request_gate::verdict http_service::judge(const http_request& head) const {
  if (websocket_at(head.path) != nullptr)
    return body_terms{};
  auto found = route_of(head);
  if (found.serves != nullptr)
    return terms_of(found.serves->terms);
  if (!found.allowed.empty())
    return method_not_allowed(std::move(found.allowed));
  if (fallback_)
    return terms_of(of_fallback_);
  return http_response::text(404, "Not Found\n");
}

void http_service::serve(http_request request, http_reply reply) const {
  auto found = route_of(request);
  if (found.serves != nullptr) {
    activity_scope busy{{nullptr, 0, found.serves->path, found.serves->method}};
    return found.serves->handler(std::move(request), std::move(reply));
  }
  if (!found.allowed.empty())
    return reply(method_not_allowed(std::move(found.allowed)));
  if (fallback_)
    return fallback_(std::move(request), std::move(reply));
  reply(http_response::text(404, "Not Found\n"));
}

} // namespace bennu::engine
