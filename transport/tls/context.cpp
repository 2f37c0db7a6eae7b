#include "transport/tls/context.hpp"

#include <cerrno>
#include <stdexcept>
#include <string>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace bennu::engine {

namespace {

[[noreturn]] void unusable(const std::string& what) {
  const auto error = ERR_get_error();
  ERR_clear_error();
  const char* reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
  throw std::runtime_error(what + (reason != nullptr ? std::string{": "} + reason : std::string{}));
}

// Selects the first protocol of the client that this server supports. Without one the handshake continues without
// ALPN (RFC 7301 §3.2 would allow an alert); a client that only supports HTTP/2 learns it from the response.
int choose_http(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, out_size, ours, sizeof(ours) - 1, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = found;
  return SSL_TLSEXT_ERR_OK;
}

// A server cannot ask for a pass phrase; OpenSSL would ask on the terminal and wait. Remembers in `asked` that
// OpenSSL needed one.
int give_no_pass_phrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::shared_ptr<SSL_CTX> load(const tls_options& from) {
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> result{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  if (!result)
    unusable("TLS cannot be used");
  auto* context = result.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE
                                 | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_alpn_select_cb(context, choose_http, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context, from.certificate_file.c_str()) != 1)
    unusable("the TLS certificate " + from.certificate_file + " cannot be used");
  use_private_key(context, from.key_file);
  if (SSL_CTX_check_private_key(context) != 1)
    unusable("the TLS key " + from.key_file + " is not that of the certificate " + from.certificate_file);
  return result;
}

} // namespace

void use_private_key(SSL_CTX* context, const std::string& file) {
  bool encrypted = false;
  SSL_CTX_set_default_passwd_cb(context, give_no_pass_phrase);
  SSL_CTX_set_default_passwd_cb_userdata(context, &encrypted);
  const bool loaded = SSL_CTX_use_PrivateKey_file(context, file.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (encrypted) {
    ERR_clear_error();
    throw std::runtime_error("the TLS key " + file
                             + " is encrypted with a pass phrase, which a server has no one to ask for: "
                               "write it without one (openssl pkey -in "
                             + file + " -out NEW) and protect the file instead");
  }
  if (!loaded)
    unusable("the TLS key " + file + " cannot be used");
}

tls_context::tls_context(tls_options options) : options_(std::move(options)), current_(load(options_)) {}

tls_context::~tls_context() = default;

void tls_context::reload() {
  auto next = load(options_);
  std::lock_guard guard{mutex_};
  current_ = std::move(next);
}

std::unique_ptr<stream> tls_context::accept(int fd) const {
  std::shared_ptr<SSL_CTX> context;
  {
    std::lock_guard guard{mutex_};
    context = current_;
  }
  return make_tls_stream(*context, fd);
}

} // namespace bennu::engine
