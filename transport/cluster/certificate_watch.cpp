#include "transport/cluster/certificate_watch.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include <openssl/x509_vfy.h>

namespace bennu::engine {

namespace {

using clock = std::chrono::system_clock;

std::optional<clock::time_point> time_of(const ASN1_TIME* x) {
  std::tm parts{};
  if (x == nullptr || ASN1_TIME_to_tm(x, &parts) != 1)
    return std::nullopt;
  return clock::from_time_t(::timegm(&parts));
}

void narrow(certificate_terms& terms, const X509* certificate) {
  if (certificate == nullptr)
    return;
  if (const auto from = time_of(X509_get0_notBefore(certificate)))
    terms.not_before = std::max(terms.not_before, *from);
  if (const auto to = time_of(X509_get0_notAfter(certificate)))
    terms.not_after = std::min(terms.not_after, *to);
}

} // namespace

std::optional<certificate_terms> terms_of(const ssl_context& context) {
  if (!context)
    return std::nullopt;
  certificate_terms result{clock::time_point::min(), clock::time_point::max()};
  narrow(result, SSL_CTX_get0_certificate(context.get()));
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context.get(), &chain);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i)
    narrow(result, sk_X509_value(chain, i));
  const auto* authorities = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context.get()));
  for (int i = 0; i < sk_X509_OBJECT_num(authorities); ++i)
    narrow(result, X509_OBJECT_get0_X509(sk_X509_OBJECT_value(authorities, i)));
  return result;
}

std::optional<certificate_watch::state> certificate_watch::look(const certificate_terms& terms, clock::time_point now) {
  auto next = state::good;
  if (now >= terms.not_after)
    next = state::expired;
  else if (now < terms.not_before)
    next = state::not_yet_good;
  else if (now + warn_before_ >= terms.not_after)
    next = state::expires_soon;
  return std::exchange(last_, next) == next ? std::nullopt : std::optional{next};
}

} // namespace bennu::engine
