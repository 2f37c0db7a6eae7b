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

/// TLS 1.3 alone, both sides with a certificate of the cluster's authority, no resumption and no early data: nothing can be replayed.
/// @returns null when the options say that it is insecure
/// @throws std::runtime_error when a file cannot be read, does not fit the others, or speaks of another node
ssl_context make_cluster_tls(const cluster_options& options);

/// One side of a connection over a non-blocking socket, which it does not own.
ssl_ptr make_cluster_session(const ssl_context& context, int socket, bool dials);

/// The name for which the certificate of the other side was given: REQUIRES that the handshake is done.
/// Whether `name` is among its DNS names (or, where it has none, is its common name; RFC 6125 §6.4.4).
bool is_certified_as(const SSL* session, const std::string& name);

/// What OpenSSL has to say about its last failure in this thread; empties its queue.
std::string last_tls_error();

} // namespace bennu::engine
