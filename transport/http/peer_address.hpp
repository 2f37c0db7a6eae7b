#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The numeric address of the peer of the connected socket `fd`; empty for a Unix socket.
std::string peer_address_of(int fd);

/// The address of a client that a trusted proxy does not name. It is in no range, so that nothing is allowed to such a
/// client because of its address; all such clients count as one where clients are limited by their addresses.
constexpr std::string_view unknown_address = "unknown";

/// The proxies whose headers about the client are trusted.
///
/// Immutable; any thread may use it.
class trusted_proxies {
public:
  trusted_proxies() = default;

  /// @param ranges addresses or CIDR ranges, `10.0.0.0/8`, `::1`; `unix` for every client of a Unix socket
  /// @throws std::invalid_argument with the range that is malformed.
  explicit trusted_proxies(const std::vector<std::string>& ranges);

  bool trusts(std::string_view address) const;

  /// Sets the client's address and scheme in a request of a trusted proxy: the last address in `Forwarded` (RFC 7239)
  /// or `X-Forwarded-For` that is not a trusted proxy itself. When both headers are present and differ, neither is
  /// trusted, because most proxies write one and pass the other one on as the client wrote it. The client of a request
  /// whose headers name no address, or none that is trusted, has the `unknown_address`; a request without any such
  /// header is the proxy's own. Headers of other peers are ignored. `wss` means `https` and `ws` means `http`, ignoring
  /// case. The host that the headers name (`host=`, or `X-Forwarded-Host`) replaces the value of `Host`.
  void resolve(http_request& request) const;

private:
  struct range {
    std::vector<unsigned char> bytes;
    unsigned bits;
  };
  std::vector<range> ranges_;
  bool unix_sockets_ = false;
};

class idle_list;
class unit_sockets;

/// The header with which a load balancer names the client, before the client's first byte.
struct proxy_header {
  size_t size = 0;                                   ///< in bytes
  std::optional<std::string> address = std::nullopt; ///< the client's; nothing: the load balancer itself is the client
};

/// Reads a PROXY header of version 1 or 2 (HAProxy's `proxy-protocol.txt`). A pure function.
/// @returns null when the header is incomplete; nothing when it is malformed or has another address family than IPv4
/// and IPv6.
std::optional<std::variant<std::monostate, proxy_header>> parse_proxy_header(std::string_view bytes);

/// Takes the PROXY header off the connected socket `fd` and passes the socket on with the address. Closes it when it
/// does not begin with a header, or the header does not arrive within the time of `until`, a list of `home`. Call it on
/// the thread of the unit of `home`.
void read_proxy_header(unit_sockets& home, int fd, idle_list& until,
                       std::function<void(int fd, std::optional<std::string>)> next);

} // namespace bennu::engine
