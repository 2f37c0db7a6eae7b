#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The value of `Sec-WebSocket-Accept` for a client's key (RFC 6455 §4.2.2).
std::string websocket_accept(std::string_view key);

/// Checks an opening handshake (RFC 6455 §4.2.1).
/// @returns the headers of the 101 response, or the refusal: 400 for a malformed handshake, 426 with the supported
/// version for any other version.
std::variant<std::vector<http_header>, http_response> check_handshake(const http_request& request);

} // namespace bennu::engine
