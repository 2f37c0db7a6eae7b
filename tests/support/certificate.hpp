#pragma once

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace bennu::test {

/// A self-signed certificate, valid for an hour, and its key.
class certificate {
public:
  explicit certificate(const std::string& common_name)
    : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), x509_(X509_new(), X509_free) {
    auto* x = x509_.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key_.get());
    auto* name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()),
                               -1, -1, 0);
    X509_set_issuer_name(x, name);
    if (X509_sign(x, key_.get(), EVP_sha256()) == 0)
      throw std::runtime_error("the certificate cannot be signed");
  }

  /// @param pass_phrase encrypts the key, unless it is empty
  void write(const std::string& certificate_file, const std::string& key_file,
             const std::string& pass_phrase = {}) const {
    const file to{certificate_file};
    PEM_write_X509(to.handle, x509_.get());
    const file key{key_file};
    const auto* phrase = reinterpret_cast<const unsigned char*>(pass_phrase.data());
    PEM_write_PrivateKey(key.handle, key_.get(), pass_phrase.empty() ? nullptr : EVP_aes_256_cbc(), phrase,
                         static_cast<int>(pass_phrase.size()), nullptr, nullptr);
  }

private:
  struct file {
    explicit file(const std::string& path) : handle(std::fopen(path.c_str(), "w")) {
      if (handle == nullptr)
        throw std::runtime_error("cannot write " + path);
    }
    ~file() { std::fclose(handle); }
    std::FILE* handle;
  };

  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
  std::unique_ptr<X509, void (*)(X509*)> x509_;
};

} // namespace bennu::test
