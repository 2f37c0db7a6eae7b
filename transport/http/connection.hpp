#pragma once

#include <memory>
#include <optional>
#include <string>

#include "transport/http/service.hpp"
#include "transport/io/connection_slot.hpp"
#include "transport/io/stream.hpp"
#include "transport/longpoll/longpoll.hpp"
#include "transport/serving/unit_sockets.hpp"

namespace bennu::engine {

/// The parts of a server that answer the requests of a connection.
struct http_server {
  const http_service& service;
  const longpoll& polls;
};

/// An accepted client with its place among the clients of the server.
struct accepted_client {
  std::unique_ptr<stream> socket;
  connection_slot slot;
  std::optional<std::string> address = std::nullopt; ///< as a load balancer named it; nothing: the peer of the socket
};

/// Serves the HTTP/1.1 requests of `client` one after another, until it becomes a WebSocket or ends. It runs on the
/// thread of the unit of `home` and owns itself. REQUIRES: `from` and `home` outlive the event loop of the unit.
void serve_http(http_server from, unit_sockets& home, accepted_client client);

} // namespace bennu::engine
