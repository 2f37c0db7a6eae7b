#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "transport/admission/client_admission.hpp"
#include "transport/http/site.hpp"
#include "transport/websocket/deflate.hpp"

namespace bennu::engine {

/// A client that may become a WebSocket.
struct websocket_client {
  admission accepted;
  std::vector<http_header> headers; ///< of the 101 response
  int window_bits = 0;              ///< of permessage-deflate; 0: messages are not compressed
};

/// Accepts a WebSocket client or returns the refusal: like `client_admission::admit`, then the handshake. Pure.
std::variant<websocket_client, http_response> let_in(const client_admission& by, const endpoint& via,
                                                     const http_request& request);

/// Makes WebSockets of the clients that are let in, with one permessage-deflate for each io unit.
///
/// Thread safety: `upgrade` may be called on any io unit.
class websockets {
public:
  /// REQUIRES: `by` outlives it.
  websockets(const client_admission& by, size_t units) : by_(by), compressions_(units) {}

  /// Accepts or refuses a client at `via`. Call it on the unit `here`, where the WebSocket will live.
  http_site::upgraded upgrade(unit_sockets& here, const endpoint& via, const http_request& request);

private:
  const client_admission& by_;
  std::vector<deflate> compressions_; ///< by the index of the unit, whose thread alone uses it
};

} // namespace bennu::engine
