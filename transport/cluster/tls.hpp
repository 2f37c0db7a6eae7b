#pragma once

#include <memory>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include <bennu/transport/cluster_options.hpp>

namespace bennu::engine {

struct ssl_deleter {
  void operator()(SSL* x) const noexcept { SSL_free(x); }
  void operator()(SSL_CTX* x) const noexcept { SSL_CTX_free(x); }
  void operator()(X509* x) const noexcept { X509_free(x); }
};

using ssl_ptr = std::unique_ptr<SSL, ssl_deleter>;
using ssl_context = std::shared_ptr<SSL_CTX>;

/// A context for TLS 1.3 only. Both sides need a certificate of the cluster's authority. There is no resumption and
/// no early data, so that nothing can be replayed.
/// @returns null when `is_insecure` is set
/// @throws std::runtime_error when a file cannot be read, does not match the others, or names another node
ssl_context make_cluster_tls(const cluster_options& options);

/// One side of a connection over a non-blocking socket, which it does not own.
ssl_ptr make_cluster_session(const ssl_context& context, int socket, bool dials);

/// Whether the certificate of the other side is for `name`: it is among the DNS names, or is the common name when
/// there are no DNS names (RFC 6125 §6.4.4). REQUIRES: the handshake is complete.
bool is_certified_as(const SSL* session, const std::string& name);

/// The text of OpenSSL's last error in this thread. Empties the error queue.
std::string last_tls_error();

} // namespace bennu::engine
