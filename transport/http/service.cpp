#include "transport/http/service.hpp"

#include <algorithm>
#include <stdexcept>

#include "supervision/process/activity.hpp"
#include "transport/http/uri.hpp"

namespace bennu::engine {

namespace {

// Where there are many clients behind one address.
trusted_proxies crowds_of(const server_options& options) {
  auto all = options.shared_addresses;
  for (const auto* more : {&options.trusted, &options.proxy_protocol_from})
    all.insert(all.end(), more->begin(), more->end());
  return trusted_proxies{all};
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

http_service::http_service(server_options x)
  : options(std::move(x)), proxies(options.trusted), crowds(crowds_of(options)), clients(options.max_connections) {}

http_service::http_service(const http_service& of, size_t places)
  : options(of.options), proxies(options.trusted), crowds(of.crowds), clients(places, true),
    report_limit(of.report_limit) {
  for (auto& x : of.routes_)
    if (x.terms.answers_when_full)
      routes_.push_back({x.method, x.path, closing_after(x.handler), x.terms});
  add_fallback([](const http_request&, const http_reply& reply) {
    reply({.status = 503, .headers = {{"Retry-After", "1"}}, .body = {}, .closes = true});
  });
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

std::optional<share_place> http_service::place_for(const std::string& address) const {
  if (address.empty() || crowds.trusts(address))
    return share_place{};
  auto result = addresses.take(address_key(address), options.max_connections_per_address);
  if (!result)
    report_limit("connections_per_address", address);
  return result;
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
  auto found = route_of(head);
  if (found.serves != nullptr) {
    auto refused = found.serves->terms.admit ? found.serves->terms.admit(head) : std::nullopt;
    return refused ? request_gate::verdict{std::move(*refused)} : terms_of(found.serves->terms);
  }
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
    if (auto refused = found.serves->terms.admit ? found.serves->terms.admit(request) : std::nullopt)
      return reply(std::move(*refused));
    return found.serves->handler(std::move(request), std::move(reply));
  }
  if (!found.allowed.empty())
    return reply(method_not_allowed(std::move(found.allowed)));
  if (fallback_)
    return fallback_(std::move(request), std::move(reply));
  reply(http_response::text(404, "Not Found\n"));
}

} // namespace bennu::engine
