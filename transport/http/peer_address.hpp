#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The numeric address of the peer of the connected socket `fd`; empty for a Unix socket.
std::string peer_address_of(int fd);

/// The proxies whose headers about the client are believed.
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
  /// believed, because most proxies write one and pass the other one on as the client wrote it. Headers of other
  /// peers are not believed. `wss` means `https` and `ws` means `http`, ignoring case.
  void resolve(http_request& request) const;

private:
  struct range {
    std::vector<unsigned char> bytes;
    unsigned bits;
  };
  std::vector<range> ranges_;
  bool unix_sockets_ = false;
};

} // namespace bennu::engine
