#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace bennu::engine {

class unit_sockets;

/// What a load balancer says of a connection before the first byte of its client.
struct proxy_header {
  size_t size = 0;                                   ///< in bytes
  std::optional<std::string> address = std::nullopt; ///< the client's; nothing: the load balancer speaks for itself
};

/// Reads a PROXY header, version 1 or 2 (HAProxy's `proxy-protocol.txt`). A pure function.
/// @returns null for the beginning of one, or nothing for what is none; addresses of other families than IPv4 and IPv6
/// are none.
std::optional<std::variant<std::monostate, proxy_header>> parse_proxy_header(std::string_view bytes);

/// Takes the PROXY header off the connected socket `fd` and hands the socket on with the address in it; closes it when
/// it does not begin with one, or not within the time of a request. To be called on the thread of `home`'s unit.
void read_proxy_header(unit_sockets& home, int fd, std::function<void(int fd, std::optional<std::string>)> next);

} // namespace bennu::engine
