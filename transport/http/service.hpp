#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
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

  /// Serves the paths that have no route.
  void add_fallback(http_handler handler, route_options terms = {});

  /// The limit for the body of a request at a route; 404 or 405 without a route. Call it before the body is read.
  request_gate::verdict judge(const http_request& head) const;

  /// A place among the clients of an address, which is empty for one of `crowds`.
  /// @returns nothing, and reports it, when the address has no place left.
  std::optional<share_place> place_for(const std::string& address) const;

  /// Answers a request.
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
  struct found_route {
    const route* serves = nullptr;
    std::string allowed; ///< the methods of this path, if it exists
  };
  found_route route_of(const http_request& request) const;
  body_terms terms_of(const route_options& x) const;

  std::vector<route> routes_;
  http_handler fallback_;
  route_options of_fallback_{};
};

} // namespace bennu::engine
