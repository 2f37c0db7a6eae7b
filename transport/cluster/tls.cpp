#include "transport/cluster/tls.hpp"

#include <stdexcept>
#include <string_view>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "transport/tls/context.hpp"

namespace bennu::engine {

namespace {

[[noreturn]] void fail(const std::string& what, const std::string& file, const std::string& advice = {}) {
  const auto why = last_tls_error();
  throw std::runtime_error("cluster: " + what + " " + file + (why.empty() ? "" : ": " + why) + advice);
}

std::string_view text_of(const ASN1_STRING* x) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(x)), static_cast<size_t>(ASN1_STRING_length(x))};
}

bool has_common_name(const X509* certificate, const std::string& name) {
  const auto* subject = X509_get_subject_name(certificate);
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  return place >= 0 && text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place))) == name;
}

bool is_made_out_to(X509* certificate, const std::string& name) {
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  bool has_dns_name = false;
  bool found = false;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const auto* x = sk_GENERAL_NAME_value(names, i);
    if (x->type != GEN_DNS)
      continue;
    has_dns_name = true;
    found = found || text_of(x->d.dNSName) == name;
  }
  GENERAL_NAMES_free(names);
  return has_dns_name ? found : has_common_name(certificate, name);
}

} // namespace

std::string last_tls_error() {
  std::string result;
  while (const auto code = ERR_get_error())
    if (result.empty())
      result = ERR_reason_error_string(code) != nullptr ? ERR_reason_error_string(code) : "unknown";
  return result;
}

ssl_context make_cluster_tls(const cluster_options& options) {
  check(options);
  if (options.is_insecure)
    return nullptr;
  ERR_clear_error();
  ssl_context result{SSL_CTX_new(TLS_method()), ssl_deleter{}};
  auto* context = result.get();
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1)
    fail("cannot read the certificate", options.certificate);
  try {
    use_private_key(context, options.key);
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error(std::string{"cluster: "} + problem.what());
  }
  if (SSL_CTX_check_private_key(context) != 1)
    fail("the key does not belong to the certificate", options.key);
  if (SSL_CTX_load_verify_locations(context, options.authority.c_str(), nullptr) != 1)
    fail("cannot read the authority", options.authority);
  if (!is_made_out_to(SSL_CTX_get0_certificate(context), options.name))
    fail("the certificate", options.certificate,
         " is not made out to \"" + options.name + "\": its DNS name or common name must be the node's name");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return result;
}

ssl_ptr make_cluster_session(const ssl_context& context, int socket, bool dials) {
  ssl_ptr result{SSL_new(context.get())};
  SSL_set_fd(result.get(), socket);
  if (dials)
    SSL_set_connect_state(result.get());
  else
    SSL_set_accept_state(result.get());
  return result;
}

bool is_certified_as(const SSL* session, const std::string& name) {
  std::unique_ptr<X509, ssl_deleter> certificate{SSL_get1_peer_certificate(session)};
  return certificate && SSL_get_verify_result(session) == X509_V_OK && is_made_out_to(certificate.get(), name);
}

} // namespace bennu::engine
