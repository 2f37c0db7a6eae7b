#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "actors/client/shares.hpp"
#include "transport/http/peer_address.hpp"
#include "transport/http/reader.hpp"
#include "transport/io/connection_slot.hpp"
#include <bennu/transport/http.hpp>
#include <bennu/transport/server_options.hpp>

namespace bennu::engine {

/// The routes and files of a server. Immutable once the server listens; then any thread may use it.
///
/// A pure core: requests in, responses out; it knows no socket. Paths are compared by `same_segments`.
class http_service {
public:
  explicit http_service(server_options x);

  /// The service for clients above the limit of `of`: it serves the routes that answer when the server is full, and
  /// 503 for everything else. It has `places` for them and ends each connection after one response.
  http_service(const http_service& of, size_t places);

  // Each throws std::logic_error when there is one already.

  /// Serves `method` at exactly this path.
  void add(std::string method, std::string path, http_handler handler, route_options terms = {});

  /// Whether there is a handler for exactly this method and path.
  bool has(std::string_view method, std::string_view path) const noexcept;

  /// The form of the errors at this path and below it.
  void add_errors(std::string path, http_error_form form);

  /// Serves the paths that have no route.
  void add_fallback(http_handler handler, route_options terms = {});

  /// The limit for the body of a request at a route, or the response that refuses it: 404 or 405 without a route, or
  /// what the route's `admit` says. Call it once, before the body is read; a request that it refuses is not served.
  request_gate::verdict judge(const http_request& head) const;

  /// The form of the errors at a path; null: plain text. It lives as long as the service.
  const http_error_form* errors_at(std::string_view path) const noexcept;

  /// The error response at a path: in the form that `add_errors` gave, else plain text.
  http_response error_at(std::string_view path, unsigned status, std::string_view why) const;

  /// A place among the clients of an address, which is empty for one of `crowds`.
  /// @returns nothing, and reports it, when the address has no place left.
  std::optional<share_place> place_for(const std::string& address) const;

  /// Answers a request that `judge` did not refuse.
  void serve(http_request request, http_reply reply) const;

  const server_options options;
  const trusted_proxies proxies;
  const trusted_proxies crowds; ///< the addresses behind which there are many clients
  mutable connection_count clients;
  mutable share_table addresses; ///< what each address holds

  /// Called on any thread when an address has reached the limit of that name. Set once before the server listens.
  std::function<void(std::string_view limit, const std::string& who)> report_limit = [](std::string_view,
                                                                                        const std::string&) {};

private:
  struct route {
    std::string method;
    std::string path;
    http_handler handler;
    route_options terms;
  };
  std::variant<const route*, http_response> find(const http_request& head) const;

  std::vector<route> routes_;
  std::optional<route> fallback_;
  std::vector<std::pair<std::string, http_error_form>> errors_; ///< by the path where they begin
  bool is_reserve_ = false;
};

} // namespace bennu::engine
