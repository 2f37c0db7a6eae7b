#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bennu {

/// Files of a certificate; empty: the server speaks plain HTTP.
struct tls_options {
  /// PEM: the server's certificate, then those that lead to its root.
  std::string certificate_file;

  /// PEM, without a pass phrase: an encrypted key is refused.
  std::string key_file;

  bool enabled() const noexcept { return !certificate_file.empty(); }
};

/// Every default of a server, each with its reason.
struct server_options {
  /// Address to listen at, or `unix:PATH`. Loopback: what is to be seen from outside must be said.
  std::string bind = "127.0.0.1";

  /// TCP port; 0: any free one, told by `server::port()`.
  uint16_t port = 4000;

  /// https and wss instead of http and ws. `server::reload_certificate` reads the files again.
  tls_options tls = {};

  /// With TLS: a port on which http is answered with the address in https (308). None: what is not listened to cannot be attacked.
  std::optional<uint16_t> redirect_port = std::nullopt;

  /// Proxies that may say whom they speak for (`trusted_proxies`). None: everybody can write such a header.
  std::vector<std::string> trusted = {};

  /// Signs what travels through clients' hands (tokens of long-polling sessions); 32 bytes or more. Empty: a new random one at every
  /// start, which ends those sessions when the server restarts.
  std::string secret;

  /// Clients at the same time; the next one is answered 503. 16,384: Cowboy's and Phoenix's usual bound, and below the 20,000
  /// descriptors that a process commonly may hold.
  size_t max_connections = 16'384;

  /// Connections that the kernel keeps for us while we are busy. 1024: Linux's usual somaxconn is 4096.
  int backlog = 1024;

  /// Sockets that accept on the same port, each on an io unit of its own; the kernel deals clients out to them (SO_REUSEPORT). 1: one accepts
  /// 50,000 clients a second, and deals them out more evenly than the kernel does.
  unsigned acceptors = 1;

  /// How long a client may take for a request's header and body, and how long a kept-alive connection may be silent.
  /// 15 s: a phone on a bad line needs seconds, a slow-loris client wants minutes.
  std::chrono::milliseconds request_timeout = std::chrono::seconds{15};

  /// Largest request header. 16 KiB: twice nginx's default for one line, room for cookies and a token.
  uint32_t max_header_bytes = 16 << 10;

  /// Largest request body. 8 MB: Plug's default.
  uint64_t max_body_bytes = 8'000'000;

  /// How long SIGTERM may take: clients leave in batches, then what is left is closed. An `application` keeps a fifth of it, at most 5 s,
  /// for work that blocks. 10 s: what Kubernetes and systemd wait is more.
  std::chrono::milliseconds drain_timeout = std::chrono::seconds{10};
};

} // namespace bennu
