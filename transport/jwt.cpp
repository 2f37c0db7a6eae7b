#include <bennu/transport/jwt.hpp>

#include <jwt.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "actors/wire/base64.hpp"

namespace bennu {

using namespace engine;

namespace {

using nlohmann::json;
using real_seconds = std::chrono::duration<double>; // precise to microseconds until the year 2200
using jwt_ptr = std::unique_ptr<jwt_t, decltype(&jwt_free)>;

const unsigned char* octets(const std::string& x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

/// Clears OpenSSL's errors about an untrusted token, so that the next TLS operation of this thread does not see them.
class forgotten_errors {
public:
  forgotten_errors() { ERR_set_mark(); }
  ~forgotten_errors() { ERR_pop_to_mark(); }
  forgotten_errors(const forgotten_errors&) = delete;
  forgotten_errors& operator=(const forgotten_errors&) = delete;
};

// -- the three parts of a token -----------------------------------------------

/// A token in its only valid form (RFC 7515 §3.1), with its parts decoded.
struct jws {
  std::string_view signed_text; ///< header and payload, as received
  json header;
  std::string payload;
  std::string signature;
};

std::optional<jws> take_apart(std::string_view token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == last) // the characters of base64url exclude a third dot
    return std::nullopt;
  const auto header = decode_base64url(token.substr(0, first));
  auto payload = decode_base64url(token.substr(first + 1, last - first - 1));
  auto signature = decode_base64url(token.substr(last + 1));
  if (!header || !payload || !signature || (*header + *payload).find('\0') != std::string::npos)
    return std::nullopt; // JSON has no NUL; code that reads C strings would stop there
  return jws{token.substr(0, last), json::parse(*header, nullptr, false), std::move(*payload), std::move(*signature)};
}

/// The algorithm that the header names; empty when the header must not be trusted.
std::string algorithm_of(const json& header) {
  if (!header.is_object() || header.contains("crit"))
    return {};
  const auto alg = header.find("alg");
  return alg != header.end() && alg->is_string() ? alg->get<std::string>() : std::string{};
}

bool has_mac_of(const jws& token, const std::string& secret) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
            reinterpret_cast<const unsigned char*>(token.signed_text.data()), token.signed_text.size(), mac, &size))
    throw std::runtime_error("OpenSSL refused an HMAC");
  return token.signature.size() == size && CRYPTO_memcmp(mac, token.signature.data(), size) == 0;
}

/// Whether libjwt accepts the token as signed by `key` with exactly this algorithm.
bool libjwt_accepts(const std::string& token, const std::string& key, const std::string& algorithm) {
  jwt_t* raw = nullptr;
  if (jwt_decode(&raw, token.c_str(), octets(key), static_cast<int>(key.size())) != 0)
    return false;
  const jwt_ptr decoded{raw, jwt_free};
  return jwt_get_alg(raw) == jwt_str_alg(algorithm.c_str());
}

// -- claims -------------------------------------------------------------------

const json* claim(const json& claims, const char* name) {
  const auto found = claims.find(name);
  return found == claims.end() ? nullptr : &*found;
}

bool is_meant_for(const json* audience, const std::optional<std::string>& us) {
  if (!audience || !us)
    return !audience && !us;
  return audience->is_array() ? std::find(audience->begin(), audience->end(), *us) != audience->end()
                              : *audience == *us;
}

std::optional<token_error> complaint_about(const json& claims, const jwt_expectations& wanted,
                                           jwt_keys::clock::time_point at) {
  const auto now = real_seconds{at.time_since_epoch()}.count();
  const auto leeway = real_seconds{wanted.leeway}.count();
  const auto *exp = claim(claims, "exp"), *nbf = claim(claims, "nbf"), *iss = claim(claims, "iss");
  if ((exp && !exp->is_number()) || (nbf && !nbf->is_number()) || (!exp && wanted.must_expire))
    return token_error::invalid;
  if (wanted.issuer && (!iss || *iss != *wanted.issuer))
    return token_error::invalid;
  if (!is_meant_for(claim(claims, "aud"), wanted.audience))
    return token_error::invalid;
  if (nbf && now + leeway < nbf->get<double>())
    return token_error::invalid;
  if (exp && now - leeway >= exp->get<double>())
    return token_error::expired;
  return std::nullopt;
}

} // namespace

// -- keys ---------------------------------------------------------------------

jwt_keys::jwt_keys(std::vector<std::string> secrets, std::vector<std::string> public_keys)
  : secrets_(std::move(secrets)) {
  if (secrets_.empty() && public_keys.empty())
    throw std::invalid_argument("jwt_keys needs at least one secret or public key");
  for (const auto& secret : secrets_) {
    if (secret.size() < min_secret_bytes)
      throw std::invalid_argument("a secret for HS256 needs at least 32 bytes, not " + std::to_string(secret.size()));
    if (secret.find("-----BEGIN") != std::string::npos)
      throw std::invalid_argument(
        "a secret for HS256 must not be a key in PEM: a public key belongs to the public keys");
  }
  for (auto& pem : public_keys)
    public_keys_.push_back(read_public_key(std::move(pem)));
}

jwt_keys::public_key jwt_keys::read_public_key(std::string pem) {
  const forgotten_errors none_left;
  const std::unique_ptr<BIO, decltype(&BIO_free)> text{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                       BIO_free};
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
    PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
  if (!key)
    throw std::invalid_argument("a public key for JWT must be in PEM and begin with -----BEGIN PUBLIC KEY-----");
  if (EVP_PKEY_is_a(key.get(), "RSA")) {
    if (EVP_PKEY_get_bits(key.get()) < min_rsa_bits)
      throw std::invalid_argument("an RSA key for RS256 needs at least 2048 bits, not "
                                  + std::to_string(EVP_PKEY_get_bits(key.get())));
    return {std::move(pem), "RS256"};
  }
  char curve[32] = "";
  if (EVP_PKEY_is_a(key.get(), "EC") && EVP_PKEY_get_group_name(key.get(), curve, sizeof(curve), nullptr) == 1
      && std::string_view{curve} == SN_X9_62_prime256v1)
    return {std::move(pem), "ES256"};
  throw std::invalid_argument("a public key for JWT must be of RSA or on the curve P-256");
}

// -- tokens -------------------------------------------------------------------

std::string jwt_keys::sign(const json& claims, std::chrono::seconds lifetime, clock::time_point now) const {
  if (secrets_.empty())
    throw std::logic_error("jwt_keys without a secret can only verify");
  if (!claims.is_object())
    throw std::invalid_argument("the claims of a JWT are a JSON object");
  auto all = claims;
  const auto issued = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  all["iat"] = issued.count();
  all["exp"] = (issued + lifetime).count();
  std::string text;
  try {
    text = all.dump();
  } catch (const json::exception& e) {
    throw std::invalid_argument(std::string{"the claims of a JWT must be JSON: "} + e.what());
  }
  jwt_t* raw = nullptr;
  if (jwt_new(&raw) != 0)
    throw std::bad_alloc();
  const jwt_ptr token{raw, jwt_free};
  if (jwt_add_grants_json(raw, text.c_str()) != 0)
    throw std::invalid_argument("the claims of a JWT have a NUL, or a number that is too great for libjwt");
  const auto& secret = secrets_.front();
  if (jwt_set_alg(raw, JWT_ALG_HS256, octets(secret), static_cast<int>(secret.size())) != 0)
    throw std::bad_alloc();
  const std::unique_ptr<char, decltype(&std::free)> made{jwt_encode_str(raw), std::free};
  if (!made)
    throw std::bad_alloc();
  return made.get();
}

jwt_keys::result jwt_keys::verify(std::string_view token, const jwt_expectations& wanted, clock::time_point now) const {
  if (token.size() > wanted.max_bytes)
    return token_error::invalid;
  const auto parts = take_apart(token);
  if (!parts)
    return token_error::invalid;
  const auto algorithm = algorithm_of(parts->header);
  const std::string text{token}; // ends with the NUL that libjwt needs, and contains no other
  const forgotten_errors none_left;
  const auto by_secret = [&](const std::string& x) {
    return has_mac_of(*parts, x) && libjwt_accepts(text, x, "HS256");
  };
  const auto by_public_key = [&](const public_key& x) {
    return algorithm == x.algorithm && libjwt_accepts(text, x.pem, x.algorithm);
  };
  if (!(algorithm == "HS256" && std::any_of(secrets_.begin(), secrets_.end(), by_secret))
      && std::none_of(public_keys_.begin(), public_keys_.end(), by_public_key))
    return token_error::invalid;
  auto claims = json::parse(parts->payload, nullptr, false);
  if (!claims.is_object())
    return token_error::invalid;
  if (const auto complaint = complaint_about(claims, wanted, now))
    return *complaint;
  return claims;
}

std::optional<std::chrono::milliseconds> jwt_time_left(const json& claims, jwt_keys::clock::time_point now) {
  constexpr real_seconds most = std::chrono::years{100};
  const auto* exp = claims.is_object() ? claim(claims, "exp") : nullptr;
  if (!exp || !exp->is_number())
    return std::nullopt;
  const auto left = real_seconds{exp->get<double>()} - real_seconds{now.time_since_epoch()};
  return std::chrono::ceil<std::chrono::milliseconds>(std::clamp(left, real_seconds{0}, most));
}

} // namespace bennu
