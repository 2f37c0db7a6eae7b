#include "transport/http_service.hpp"

#include <exception>

#include "actors/serializer.hpp"
#include "supervision/activity.hpp"
#include "transport/origin.hpp"
#include "transport/uri.hpp"
#include "transport/websocket_handshake.hpp"

namespace bennu {

namespace {

connect_info info_of(const http_request& request) {
  connect_info result;
  for (auto& [name, value] : parse_query(request.query))
    result.params[name] = value;
  result.headers = request.headers;
  result.peer_address = request.peer_address;
  result.uri = request.query.empty() ? request.path : request.path + "?" + request.query;
  return result;
}

std::optional<std::string_view> vsn_of(const connect_info& info) {
  auto i = info.params.find("vsn");
  return i == info.params.end() ? std::nullopt : std::optional<std::string_view>{i->second};
}

} // namespace

void http_service::add(endpoint x) {
  endpoints_.push_back(std::make_unique<endpoint>(std::move(x)));
}

void http_service::add(std::string method, std::string path, http_handler handler) {
  routes_.push_back({std::move(method), std::move(path), std::move(handler)});
}

const endpoint* http_service::websocket_at(std::string_view path) const noexcept {
  constexpr std::string_view suffix = "/websocket";
  for (auto& x : endpoints_)
    if (path.starts_with(x->path()) && path.substr(x->path().size()) == suffix)
      return x.get();
  return nullptr;
}

std::variant<upgrade, http_response> http_service::let_in(const endpoint& via, const http_request& request) const {
  if (draining)
    return http_response::text(503, "Service Unavailable: going down\n");
  if (!origin_allowed(via.options().allowed_origins, request.header("Origin")))
    return http_response::text(403, "");
  upgrade result;
  result.via = &via;
  auto info = info_of(request);
  result.format = serializer_for(vsn_of(info));
  if (result.format == nullptr)
    return http_response::text(403, "");
  try {
    result.user = via.make_socket();
    activity_scope busy{{&typeid(*result.user), 0, request.path, "connect"}};
    auto answer = result.user->connect(info);
    if (auto* refused = std::get_if<connect_refused>(&answer))
      return http_response::text(refused->status, refused->body);
  } catch (const std::exception&) {
    return http_response::text(500, "Internal Server Error");
  }
  auto handshake = check_handshake(request);
  if (auto* refused = std::get_if<http_response>(&handshake))
    return *refused;
  result.headers = std::get<std::vector<http_header>>(handshake);
  return result;
}

void http_service::serve(http_request request, http_reply reply) const {
  bool known_path = false;
  std::string allowed;
  for (auto& x : routes_) {
    if (x.path != request.path)
      continue;
    if (x.method == request.method || (request.method == "HEAD" && x.method == "GET")) {
      activity_scope busy{{nullptr, 0, x.path, x.method}};
      return x.handler(std::move(request), std::move(reply));
    }
    known_path = true;
    allowed += (allowed.empty() ? "" : ", ") + x.method;
  }
  if (known_path) {
    auto response = http_response::text(405, "Method Not Allowed\n");
    response.headers.emplace_back("Allow", allowed);
    return reply(std::move(response));
  }
  if (fallback_)
    return fallback_(std::move(request), std::move(reply));
  reply(http_response::text(404, "Not Found\n"));
}

} // namespace bennu
