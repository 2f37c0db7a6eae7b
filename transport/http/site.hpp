#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "transport/http/reader.hpp"
#include "transport/io/connection_slot.hpp"
#include "transport/io/stream.hpp"
#include <bennu/transport/http.hpp>

namespace bennu::engine {

class http_service;
class unit_sockets;

/// A client whose connection leaves HTTP after the 101 response. What it becomes is known to the engines above.
class http_upgrade {
public:
  explicit http_upgrade(std::vector<http_header> of_response) : headers(std::move(of_response)) {}
  virtual ~http_upgrade() = default;

  /// The 101 response was sent: takes the connection over. `early` are the bytes that arrived with the request.
  virtual void take_over(std::unique_ptr<stream> socket, connection_slot slot, std::string_view early) = 0;

  std::vector<http_header> headers; ///< of the 101 response
};

/// What the connections of a server ask for the answers to their requests. The engines above implement it, so that
/// HTTP knows neither WebSockets nor long polling. Thread safety: any io unit may call it.
class http_site {
public:
  virtual ~http_site() = default;

  using upgraded = std::variant<std::unique_ptr<http_upgrade>, http_response>;

  /// The routes, with the limits of the server.
  virtual const http_service& service() const noexcept = 0;

  /// The limit of the body of a request, by its head; see `request_gate`.
  virtual request_gate::verdict judge(const http_request& head) const = 0;

  /// Whether the server waits for the answer to this request when it stops.
  virtual bool is_awaited(const http_request& request) const = 0;

  /// Accepts a client that wants to leave HTTP, or refuses it with a response.
  /// @returns nothing when the path of the request is none for that.
  virtual std::optional<upgraded> upgrade(unit_sockets& here, const http_request& request) const = 0;

  /// Answers any other request, at most once and on any thread. It may throw.
  virtual void serve(unit_sockets& here, http_request request, http_reply reply) const = 0;
};

} // namespace bennu::engine
