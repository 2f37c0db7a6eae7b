#pragma once

#include <memory>
#include <optional>
#include <string>

#include "transport/http/site.hpp"
#include "transport/io/connection_slot.hpp"
#include "transport/io/stream.hpp"

namespace bennu::engine {

/// An accepted client with its place among the clients of the server.
struct accepted_client {
  std::unique_ptr<stream> socket;
  connection_slot slot;
  std::string address; ///< of the peer of the socket, or as a load balancer named it; empty for a Unix socket
};

/// Serves the HTTP/1.1 requests of `client` one after another, until it leaves HTTP or ends. It runs on the thread of
/// the unit of `home` and owns itself. REQUIRES: `from` and `home` outlive the event loop of the unit.
void serve_http(const http_site& from, unit_sockets& home, accepted_client client);

} // namespace bennu::engine
