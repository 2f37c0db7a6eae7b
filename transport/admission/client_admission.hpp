#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/client/connection.hpp"
#include "actors/client/shares.hpp"
#include "supervision/trace/open_span.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// A client that the application has accepted.
struct admission {
  const serializer* format = nullptr;
  std::unique_ptr<socket> user;
  std::string id = {}; ///< the `id()` of `user`
  connected terms = {};
  share_place place = {}; ///< among the connections of its id
  connect_note from = {}; ///< its address, and how long `connect` took
};

/// The answer to a client whose query string cannot be decoded.
http_response bad_query();

/// The endpoints of a server, and who may connect at them. Immutable once the server listens, but for `is_draining`;
/// then any thread may use it.
///
/// A pure core: requests in, accepted clients or responses out; it knows no connection. Paths are compared by
/// `same_segments`.
class client_admission {
public:
  /// @throws std::logic_error when another endpoint has the same path.
  void add(endpoint x);

  /// The endpoint with this WebSocket path, or null.
  const endpoint* websocket_at(std::string_view path) const noexcept;

  /// Whether an endpoint has a route for this topic, that of a pattern `*` not counted.
  bool has_channel(std::string_view topic) const noexcept;

  /// The endpoint with this long-polling path, or null.
  const endpoint* longpoll_at(std::string_view path) const noexcept;

  /// Accepts a client or returns the refusal, in Phoenix's order: 503 while draining, then the query string (400),
  /// the origin, `vsn` and `connect`; 500 when the user's socket throws.
  std::variant<admission, http_response> admit(const endpoint& via, const http_request& request,
                                               transport_kind transport) const;

  /// Whether the page that sends a request may connect. Reports an origin that may not.
  bool admits_origin(const endpoint& via, const http_request& request) const;

  /// The rules of endpoints that have none of their own; see `origin_allowed`. Set once before the server listens.
  std::vector<std::string> allowed_origins = {};

  /// Called on any thread when an origin is refused. Set once before the server listens.
  std::function<void(const endpoint& via, std::string_view origin, std::string_view host)> report_origin =
    [](const endpoint&, std::string_view, std::string_view) {};

  /// Records the spans of connects; null: none. Set once before the server listens.
  const telemetry* spans = nullptr;

  /// Set once when the server begins to stop: new clients are answered 503.
  std::atomic<bool> is_draining{false};

  /// The places of the users of the node, by `socket::id()`; null: they are not counted. Set once before the server
  /// listens.
  share_table* ids = nullptr;

  /// Called on any thread when a user has as many connections as its id may have. Set once before the server listens.
  std::function<void(const std::string& id)> report_crowded = [](const std::string&) {};

  /// Called on any thread with the exception of a user's socket. Set once before the server listens.
  std::function<void(std::string_view text)> report = [](std::string_view) {};

  /// Called on any thread when a client is refused, with its status and the reason. Set once before the server
  /// listens.
  std::function<void(const endpoint& via, transport_kind, unsigned status, std::string_view why)> report_refused =
    [](const endpoint&, transport_kind, unsigned, std::string_view) {};

private:
  std::unique_ptr<open_span> span_of(const endpoint& via, const http_request& request, transport_kind transport) const;
  std::variant<admission, http_response> ask(const endpoint& via, const http_request& request, transport_kind transport,
                                             std::string_view& why) const;

  struct door {
    std::unique_ptr<endpoint> via;
    std::string websocket_path;
    std::string longpoll_path;
  };
  std::vector<door> endpoints_;
};

} // namespace bennu::engine
