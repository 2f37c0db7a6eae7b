// Who may become a WebSocket: without the session, so that it can be tried on bytes alone.
#include "transport/websocket/upgrade.hpp"
#include "transport/websocket/handshake.hpp"

namespace bennu::engine {

std::variant<websocket_client, http_response> let_in(const client_admission& by, const endpoint& via,
                                                     const http_request& request) {
  auto admitted = by.admit(via, request, transport_kind::websocket);
  if (auto* refused = std::get_if<http_response>(&admitted))
    return std::move(*refused);
  auto handshake = check_handshake(request);
  if (auto* refused = std::get_if<http_response>(&handshake))
    return std::move(*refused);
  websocket_client result{std::get<admission>(std::move(admitted)),
                          std::get<std::vector<http_header>>(std::move(handshake))};
  if (auto extension = via.options().compression ? accept_deflate(request) : std::nullopt) {
    result.headers.emplace_back("Sec-WebSocket-Extensions", std::move(extension->answer));
    result.window_bits = extension->window_bits;
  }
  return result;
}

} // namespace bennu::engine
