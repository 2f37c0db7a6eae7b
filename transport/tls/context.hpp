#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "transport/io/stream.hpp"
#include <bennu/transport/server_options.hpp>

struct ssl_ctx_st;

namespace bennu::engine {

/// Gives `context` the private key in `file` (PEM).
/// @throws std::runtime_error when it cannot be used, with the reason; one that is encrypted is refused, and no pass
/// phrase is asked for.
void use_private_key(ssl_ctx_st* context, const std::string& file);

/// The server's certificate, and TLS for the clients that are accepted with it.
///
/// TLS 1.2 and 1.3, forward secrecy and authenticated encryption alone (RFC 9325), no renegotiation, no compression;
/// ALPN http/1.1. Memory: about 20 KB for an idle connection, OpenSSL's own; a plain connection pays nothing.
///
/// Thread safety: any thread.
class tls_context {
public:
  /// @throws std::runtime_error naming the file and what is wrong with it.
  explicit tls_context(tls_options options);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// Reads the files again. Connections go on; new ones are accepted with what was read.
  /// @throws std::runtime_error when that cannot be used: then the former certificate stays.
  void reload();

  /// Takes over the connected socket `fd`, on which the client begins the handshake; it is made by reading and
  /// flushing.
  std::unique_ptr<stream> accept(int fd) const;

private:
  const tls_options options_;
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> current_;
};

} // namespace bennu::engine
