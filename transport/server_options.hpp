#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bennu {

/// The files of a certificate. Without them the server uses plain HTTP.
struct tls_options {
  /// In PEM: the certificate of the server, then the intermediate certificates.
  std::string certificate_file;

  /// In PEM, without a pass phrase: an encrypted key is refused.
  std::string key_file;

  bool enabled() const noexcept { return !certificate_file.empty(); } ///< whether a certificate is named
};

/// The options of a server, with the reason for each default.
struct server_options {
  /// The address to listen on, or `unix:PATH`.
  /// Loopback: a server that others can reach should be a decision.
  std::string bind = "127.0.0.1";

  /// The TCP port; 0 for any free port, which `server::port()` returns.
  uint16_t port = 4000;

  /// With a certificate the server uses https and wss instead of http and ws. `server::reload_certificate` reads the
  /// files again.
  tls_options tls = {};

  /// With TLS: a port that redirects http to https (308).
  /// None: a port that is closed cannot be attacked.
  std::optional<uint16_t> redirect_port = std::nullopt;

  /// Proxies whose headers about the client are believed (`trusted_proxies`).
  /// None: any client could send such headers.
  std::vector<std::string> trusted = {};

  /// Load balancers that begin each connection with a PROXY header (version 1 or 2 of HAProxy's protocol), which names
  /// the client: addresses and ranges as in `trusted`. A connection of one of them without such a header is closed;
  /// from any other peer the header is a bad request. None: any client could send such a header.
  std::vector<std::string> proxy_protocol_from = {};

  /// The origins whose pages may connect, at endpoints whose `socket_options::allowed_origins` is empty:
  /// `//example.com` (any scheme and port), `//*.example.com`, `https://example.com:8443`, `self`, or `*` for any.
  /// Pages of other origins are answered 403, with the event `origin.refused`. `self` is the host that the request
  /// names in `Host`, or in the header `X-Forwarded-Host` or `Forwarded` of a proxy of `trusted`, with any scheme and
  /// port. A request without `Origin` does not come from a page and always passes.
  /// Empty means `self`, as Phoenix's `check_origin`: a page of another site could otherwise use what the visitor's
  /// browser sends along. Name the hosts where clients may resolve any name to this server (DNS rebinding).
  std::vector<std::string> allowed_origins = {};

  /// The secret that signs the tokens of long-polling sessions. At least 32 bytes.
  /// Empty: a random secret at every start, so that a restart ends those sessions.
  std::string secret{};

  /// How many clients may be connected. Further ones are answered 503, except at routes that
  /// `answers_when_full`.
  /// 16,384: the usual limit of Cowboy and Phoenix, and below the 20,000 descriptors that a process often has.
  size_t max_connections = 16'384;

  /// How many connections one address may have. An IPv6 address counts as its /64, which one household or server gets
  /// (RFC 6177). Behind a proxy of `trusted`, the address that it forwards may have as many requests under way,
  /// WebSockets and long-polling sessions. Further ones are answered 429. 0: any number.
  /// 4096: a quarter of all, so that no address keeps the others out, and more than an office behind one address needs.
  size_t max_connections_per_address = 4096;

  /// The addresses for which `max_connections_per_address` and the bounds of memory per address do not hold, as in
  /// `trusted`: those behind which there are many clients, such as load balancers, content delivery networks and
  /// carriers. The proxies of `trusted` and `proxy_protocol_from` are always among them, and Unix sockets.
  /// The default: this machine and private networks (RFC 1918, RFC 4193, RFC 6598, link-local), since there a peer is
  /// most often a proxy that nobody has declared.
  std::vector<std::string> shared_addresses = {"127.0.0.0/8",    "::1",           "10.0.0.0/8", "172.16.0.0/12",
                                               "192.168.0.0/16", "100.64.0.0/10", "fc00::/7",   "fe80::/10"};

  /// How many connections the kernel queues until they are accepted.
  /// 1024: below Linux's usual maximum (somaxconn), which is 4096.
  int backlog = 1024;

  /// How many sockets accept on the same port, each on its own thread; the kernel distributes the clients
  /// (SO_REUSEPORT).
  /// 1: one socket accepts 50,000 clients per second, and distributes them more evenly than the kernel.
  unsigned acceptors = 1;

  /// How long a client may take to send a request with its body; then it is answered 408.
  /// 15 s: a phone on a bad line needs seconds, a slow-loris attack needs minutes.
  std::chrono::milliseconds request_timeout = std::chrono::seconds{15};

  /// How long a connection may be idle between two requests. Clients are told it in `Keep-Alive: timeout=`.
  /// 75 s: longer than the 60 s of nginx and of AWS's load balancers. So the proxy closes an idle connection first, and
  /// never sends a request into one that is just being closed here.
  std::chrono::milliseconds keep_alive_timeout = std::chrono::seconds{75};

  /// The largest header of a request. A larger one is answered 431.
  /// 16 KiB: twice nginx's default for one line, enough for cookies and a token.
  uint32_t max_header_bytes = 16 << 10;

  /// The largest body of a request, of a long-polling client or of a route that allows as much
  /// (`route_options::max_body_bytes`). A larger one is answered 413.
  /// 8 MB: the default of Plug.
  uint64_t max_body_bytes = 8'000'000;

  /// The memory for incomplete request bodies and incomplete WebSocket messages of all clients together. When it is
  /// used up, the client that holds most, of those on the io unit that needs more, is cut off: a request is answered
  /// 503, a WebSocket is closed with 1013 (limit "buffers"). The first 16 KiB of each client do not count.
  /// 128 MiB: sixteen of the largest messages at a time, and an eighth of a small machine.
  size_t max_buffered_bytes = size_t{128} << 20;

  /// The same for the clients of one address (limit "buffers_per_address"): the one of them that holds most is cut off.
  /// 0: no limit.
  /// 32 MiB: a quarter, or four of the largest messages at a time.
  size_t max_buffered_bytes_per_address = size_t{32} << 20;

  /// The memory of what all clients together do not read: messages beyond those that the kernel holds, or that wait for
  /// a poll. A broadcast to many of them counts once. When it is used up, the io units that use more than an even part
  /// of it each close the client that holds most, with 1013 (limit "unread"), until it suffices. The first 16 KiB of
  /// each client do not count.
  /// 512 MiB: thirty clients that each use all of `socket_options::max_outbox_bytes`, or as much less for more.
  size_t max_unread_bytes = size_t{512} << 20;

  /// The same for the clients of one address (limit "unread_per_address"): of them, on the io unit
  /// where it grows, the one that holds most is closed. 0: no limit.
  /// 128 MiB: a quarter.
  size_t max_unread_bytes_per_address = size_t{128} << 20;

  /// How long the stop may take: clients are asked to leave in batches, then the remaining connections are closed. An
  /// `application` reserves a fifth of it, at most 5 s, for blocking work.
  /// 10 s: less than Kubernetes and systemd wait.
  std::chrono::milliseconds drain_timeout = std::chrono::seconds{10};
};

} // namespace bennu
