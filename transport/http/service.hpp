#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "transport/http/peer_address.hpp"
#include "transport/http/reader.hpp"
#include "transport/io/connection_slot.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/transport/http.hpp>
#include <bennu/transport/server_options.hpp>

namespace bennu::engine {

/// A client that the application has accepted.
struct admission {
  const serializer* format = nullptr;
  std::unique_ptr<socket> user;
  std::string id = {}; ///< the `id()` of `user`
  connected terms = {};
};

/// A client that may become a WebSocket.
struct upgrade {
  const endpoint* via = nullptr;
  const serializer* format = nullptr;
  std::unique_ptr<socket> user;
  std::string id;
  std::vector<http_header> headers; ///< of the 101 response
  connected terms = {};
  int window_bits = 0; ///< of permessage-deflate; 0: messages are not compressed
};

/// The answer to a client whose query string cannot be decoded.
http_response bad_query();

/// The routes, endpoints and files of a server. Immutable once the server listens; then any thread may use it.
///
/// A pure core: requests in, responses out; it knows no socket. Paths are compared segment by segment without empty
/// segments: `//socket/websocket/` equals `/socket/websocket` (Plug's `path_info`).
class http_service {
public:
  explicit http_service(server_options x)
    : options(std::move(x)), proxies(options.trusted), clients(options.max_connections) {}

  /// The service for clients above the limit of `of`: it serves the routes that answer when the server is full, and
  /// 503 for everything else. It has `places` for them and ends each connection after one response.
  http_service(const http_service& of, size_t places);

  // Each throws std::logic_error when there is one already.

  void add(endpoint x);

  /// Serves `method` at exactly this path.
  void add(std::string method, std::string path, http_handler handler, route_options terms = {});

  /// Whether there is a handler for exactly this method and path.
  bool has(std::string_view method, std::string_view path) const noexcept;

  /// Serves the paths that have no route and no endpoint.
  void add_fallback(http_handler handler, route_options terms = {});

  /// The limit for the body of a request at a route; 404 or 405 without a route. Call it before the body is read.
  request_gate::verdict judge(const http_request& head) const;

  /// The endpoint with this WebSocket path, or null.
  const endpoint* websocket_at(std::string_view path) const noexcept;

  /// The endpoint with this long-polling path, or null.
  const endpoint* longpoll_at(std::string_view path) const noexcept;

  /// Accepts a client or returns the refusal, in Phoenix's order: 503 while draining, then the query string (400),
  /// the origin, `vsn` and `connect`; 500 when the user's socket throws.
  std::variant<admission, http_response> admit(const endpoint& via, const http_request& request,
                                               transport_kind transport) const;

  /// Accepts a WebSocket client or returns the refusal: like `admit`, then the handshake.
  std::variant<upgrade, http_response> let_in(const endpoint& via, const http_request& request) const;

  /// Answers any other request.
  void serve(http_request request, http_reply reply) const;

  /// Set once when the server begins to stop: new WebSocket clients are answered 503.
  std::atomic<bool> draining{false};

  /// Called on any thread with the exception of a user's socket. Set once before the server listens.
  std::function<void(std::string_view text)> report = [](std::string_view) {};

  /// Called on any thread when a client is refused, with its status and the reason. Set once before the server
  /// listens.
  std::function<void(const endpoint& via, transport_kind, unsigned status, std::string_view why)> report_refused =
    [](const endpoint&, transport_kind, unsigned, std::string_view) {};

  const server_options options;
  const trusted_proxies proxies;
  mutable connection_count clients;

private:
  std::variant<admission, http_response> ask(const endpoint& via, const http_request& request, transport_kind transport,
                                             std::string_view& why) const;

  struct door {
    std::unique_ptr<endpoint> via;
    std::string websocket_path;
    std::string longpoll_path;
  };
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

  std::vector<door> endpoints_;
  std::vector<route> routes_;
  http_handler fallback_;
  route_options of_fallback_{};
};

} // namespace bennu::engine
