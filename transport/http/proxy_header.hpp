#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace bennu::engine {

class unit_sockets;

/// What a load balancer says of a connection before the first byte of the client.
struct proxy_header {
  size_t size = 0;                                   ///< in bytes
  std::optional<std::string> address = std::nullopt; ///< the client's; nothing: the load balancer itself is the client
};

/// Reads a PROXY header of version 1 or 2 (HAProxy's `proxy-protocol.txt`). A pure function.
/// @returns null when the header is incomplete; nothing when it is malformed or has another address family than IPv4
/// and IPv6.
std::optional<std::variant<std::monostate, proxy_header>> parse_proxy_header(std::string_view bytes);

/// Takes the PROXY header off the connected socket `fd` and passes the socket on with the address. Closes it when it
/// does not begin with a header, or the header does not arrive within the time of a request. Call it on the thread of
/// the unit of `home`.
void read_proxy_header(unit_sockets& home, int fd, std::function<void(int fd, std::optional<std::string>)> next);

} // namespace bennu::engine
