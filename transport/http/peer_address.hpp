#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The numeric address of whoever is at the other end of the connected socket `fd`; empty on a Unix socket.
std::string peer_address_of(int fd);

/// The proxies before this server that may say whom they speak for.
///
/// Immutable; any thread may use it.
class trusted_proxies {
public:
  trusted_proxies() = default;

  /// @param ranges addresses or CIDR ranges, `10.0.0.0/8`, `::1`; `unix`: whoever comes by a Unix socket
  /// @throws std::invalid_argument naming the range that is none.
  explicit trusted_proxies(const std::vector<std::string>& ranges);

  bool trusts(std::string_view address) const;

  /// Puts the client's address and scheme into a request that a trusted proxy sent: the last address in `Forwarded`
  /// (RFC 7239) or in `X-Forwarded-For` that is not a trusted proxy itself. Where both are there and disagree neither
  /// is believed, since most proxies write one and pass the other on as the client wrote it. What others say of
  /// themselves is not believed. `wss` means `https` and `ws` means `http`, in any case of letters.
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
