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
    report_limit(of.report_limit), errors_(of.errors_), is_reserve_(true) {
  for (auto& x : of.routes_)
    if (x.terms.answers_when_full)
      routes_.push_back({x.method, x.path, closing_after(x.handler), x.terms});
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
  fallback_ = route{"any method", "fallback", std::move(handler), std::move(terms)};
}

void http_service::add_errors(std::string path, http_error_form form) {
  for (const auto& x : errors_)
    if (same_segments(x.first, path))
      throw std::logic_error("the errors at " + path + " have a form already");
  errors_.emplace_back(std::move(path), std::move(form));
}

std::optional<share_place> http_service::place_for(const std::string& address) const {
  if (address.empty() || crowds.trusts(address))
    return share_place{};
  auto result = addresses.take(address_key(address), options.max_connections_per_address);
  if (!result)
    report_limit("connections_per_address", address);
  return result;
}

const http_error_form* http_service::errors_at(std::string_view path) const noexcept {
  for (const auto& [begin, form] : errors_)
    if (begins_with_segments(path, begin))
      return &form;
  return nullptr;
}

http_response http_service::error_at(std::string_view path, unsigned status, std::string_view why) const {
  const auto* form = errors_at(path);
  return form != nullptr ? (*form)(status, why) : http_response::text(status, std::string{why} + "\n");
}

std::variant<const http_service::route*, http_response> http_service::find(const http_request& head) const {
  std::string allowed;
  for (const auto& x : routes_) {
    if (!same_segments(x.path, head.path))
      continue;
    if (x.method == head.method || (head.method == "HEAD" && x.method == "GET"))
      return &x;
    allowed += (allowed.empty() ? "" : ", ") + x.method + (x.method == "GET" ? ", HEAD" : "");
  }
  const auto* form = errors_at(head.path);
  if (is_reserve_) {
    auto full =
      form != nullptr ? (*form)(503, "the server has as many clients as it may have") : http_response{.status = 503};
    full.headers.emplace_back("Retry-After", "1");
    full.closes = true;
    return full;
  }
  if (!allowed.empty()) {
    auto result = error_at(head.path, 405, "Method Not Allowed");
    result.headers.emplace_back("Allow", std::move(allowed)); // RFC 9110 §15.5.6
    return result;
  }
  if (fallback_ && form == nullptr)
    return &*fallback_;
  return error_at(head.path, 404, "Not Found");
}

request_gate::verdict http_service::judge(const http_request& head) const {
  auto found = find(head);
  if (auto* refused = std::get_if<http_response>(&found))
    return std::move(*refused);
  const auto& terms = std::get<const route*>(found)->terms;
  auto refused = terms.admit ? terms.admit(head) : std::nullopt;
  return refused ? request_gate::verdict{std::move(*refused)}
                 : body_terms{std::min(terms.max_body_bytes, options.max_body_bytes)};
}

void http_service::serve(http_request request, http_reply reply) const {
  auto found = find(request);
  if (auto* refused = std::get_if<http_response>(&found))
    return reply(std::move(*refused));
  const auto& by = *std::get<const route*>(found);
  activity_scope busy{{nullptr, 0, by.path, by.method}};
  by.handler(std::move(request), std::move(reply));
}

} // namespace bennu::engine
