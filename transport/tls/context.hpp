#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "transport/io/stream.hpp"
#include <bennu/transport/server_options.hpp>

struct ssl_ctx_st;

namespace bennu::engine {

/// The server's side of TLS over the connected socket `fd`, which it owns.
std::unique_ptr<stream> make_tls_stream(ssl_ctx_st& context, int fd);

/// Sets the private key in `file` (PEM) in `context`.
/// @throws std::runtime_error with the reason when it cannot be used. An encrypted key is refused; nothing asks for a
/// pass phrase.
void use_private_key(ssl_ctx_st* context, const std::string& file);

/// The certificate of the server, and TLS for the clients.
///
/// It allows TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only (RFC 9325), no renegotiation and
/// no compression; ALPN http/1.1. An idle connection uses about 20 KB, OpenSSL's own memory; a plain connection uses
/// none.
///
/// Thread safety: any thread may use it.
class tls_context {
public:
  /// @throws std::runtime_error with the file and the problem.
  explicit tls_context(tls_options options);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// Reads the files again. Connections continue; new ones use the new certificate.
  /// @throws std::runtime_error when the files cannot be used; then the current certificate stays.
  void reload();

  /// Takes ownership of the connected socket `fd`, on which the client begins the handshake. Reading and flushing
  /// complete it.
  std::unique_ptr<stream> accept(int fd) const;

private:
  const tls_options options_;
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> current_;
};

} // namespace bennu::engine
