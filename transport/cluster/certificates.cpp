#include "transport/cluster/certificates.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "transport/auth/random.hpp"
#include "transport/cluster/tls.hpp"
#include <bennu/transport/cluster_options.hpp>

namespace bennu::engine {

namespace {

namespace fs = std::filesystem;

struct closer {
  void operator()(EVP_PKEY* x) const noexcept { EVP_PKEY_free(x); }
  void operator()(X509* x) const noexcept { X509_free(x); }
  void operator()(std::FILE* x) const noexcept { std::fclose(x); }
};

using key_ptr = std::unique_ptr<EVP_PKEY, closer>;
using certificate_ptr = std::unique_ptr<X509, closer>;
using file_ptr = std::unique_ptr<std::FILE, closer>;

// Ten years: an unnoticed expiry would break the cluster. Renew certificates earlier to limit their lifetime.
constexpr long valid_for = 3650L * 24 * 3600;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what);
}

file_ptr create(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    fail(path.string()
         + (errno == EEXIST ? " exists already, and nothing is overwritten: move it away first"
                            : ": " + std::generic_category().message(errno)));
  return file_ptr{::fdopen(fd, "w")};
}

file_ptr open_existing(const fs::path& path) {
  file_ptr result{std::fopen(path.c_str(), "re")};
  if (!result)
    fail(path.string() + ": " + std::generic_category().message(errno));
  return result;
}

void add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr || X509_add_ext(to, extension, -1) != 1)
    fail("OpenSSL: " + last_tls_error());
  X509_EXTENSION_free(extension);
}

certificate_ptr make_certificate(EVP_PKEY* key, const std::string& name, X509* issuer) {
  certificate_ptr result{X509_new()};
  X509_set_version(result.get(), X509_VERSION_3);
  uint64_t serial = 0;
  fill_unpredictably({reinterpret_cast<unsigned char*>(&serial), sizeof serial});
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(result.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(result.get()), -3600); // clocks differ
  X509_gmtime_adj(X509_getm_notAfter(result.get()), valid_for);
  X509_set_pubkey(result.get(), key);
  auto* subject = X509_get_subject_name(result.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(result.get(), issuer != nullptr ? X509_get_subject_name(issuer) : subject);
  return result;
}

void write(const fs::path& stem, EVP_PKEY* key, X509* certificate, std::vector<std::string>& written) {
  const auto key_file = fs::path{stem.string() + ".key"};
  const auto certificate_file = fs::path{stem.string() + ".crt"};
  if (fs::exists(certificate_file))
    fail(certificate_file.string() + " exists already, and nothing is overwritten: move it away first");
  if (PEM_write_PKCS8PrivateKey(create(key_file).get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1
      || PEM_write_X509(create(certificate_file).get(), certificate) != 1)
    fail("OpenSSL: " + last_tls_error());
  written.push_back(certificate_file.string());
  written.push_back(key_file.string());
}

struct authority {
  key_ptr key;
  certificate_ptr certificate;
};

// OpenSSL would ask on the terminal.
int give_no_pass_phrase(char*, int, int, void*) {
  return -1;
}

authority read_or_make_authority(const fs::path& folder, std::vector<std::string>& written) {
  const auto stem = folder / "ca";
  if (fs::exists(stem.string() + ".crt")) {
    authority result{
      key_ptr{PEM_read_PrivateKey(open_existing(stem.string() + ".key").get(), nullptr, give_no_pass_phrase, nullptr)},
      certificate_ptr{PEM_read_X509(open_existing(stem.string() + ".crt").get(), nullptr, nullptr, nullptr)}};
    if (!result.key || !result.certificate || X509_check_private_key(result.certificate.get(), result.key.get()) != 1)
      fail(stem.string() + ".crt and .key are no authority: " + last_tls_error());
    return result;
  }
  authority result{key_ptr{EVP_EC_gen("P-256")}, nullptr};
  auto& certificate = result.certificate;
  // Each authority has another name: nodes that trust an old and a new one find the issuer of a certificate by it.
  certificate = make_certificate(result.key.get(), "bennu cluster authority " + random_text().substr(0, 8), nullptr);
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  X509_sign(certificate.get(), result.key.get(), EVP_sha256());
  write(stem, result.key.get(), certificate.get(), written);
  return result;
}

void make_node(const fs::path& folder, const std::string& name, const authority& by,
               std::vector<std::string>& written) {
  key_ptr key{EVP_EC_gen("P-256")};
  auto certificate = make_certificate(key.get(), name, by.certificate.get());
  auto* const issuer = by.certificate.get();
  add_extension(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(certificate.get(), issuer, NID_subject_alt_name, "DNS:" + name);
  if (X509_get0_subject_key_id(issuer) != nullptr)
    add_extension(certificate.get(), issuer, NID_authority_key_identifier, "keyid");
  X509_sign(certificate.get(), by.key.get(), EVP_sha256());
  write(folder / name, key.get(), certificate.get(), written);
}

} // namespace

std::vector<std::string> make_cluster_certificates(const std::string& folder, const std::vector<std::string>& names) {
  std::vector<std::string> written;
  for (auto& name : names) {
    check_node_name(name);
    if (name == "ca")
      fail("\"ca\" is the authority's own file name: call the node otherwise");
  }
  fs::create_directories(folder);
  const auto by = read_or_make_authority(folder, written);
  for (auto& name : names)
    make_node(folder, name, by, written);
  return written;
}

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
