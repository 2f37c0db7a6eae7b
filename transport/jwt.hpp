#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include <bennu/supervision/fault.hpp>
#include <bennu/transport/token.hpp>

namespace bennu {

/// What `jwt_keys::verify` demands of a genuine token.
struct jwt_expectations {
  /// The required issuer (`iss`). Without one, any issuer is accepted.
  std::optional<std::string> issuer = std::nullopt;

  /// The required audience: `aud` must be this text or a list that contains it. Without one, a token that has an
  /// `aud` is invalid, because it is meant for another audience (RFC 7519 §4.1.3).
  std::optional<std::string> audience = std::nullopt;

  /// A token is accepted this much after its `exp` and before its `nbf`, because clocks differ.
  /// 0: tokens of this machine are checked by the clock that made them. For tokens of other machines a minute is usual.
  std::chrono::seconds leeway{0};

  /// Whether a token without `exp` is invalid. Yes: a leaked token would be valid for ever.
  bool must_expire = true;

  /// A longer token is invalid; it is not parsed.
  /// 8 KiB: the limit of web servers for one header. libjwt copies the token to the stack.
  size_t max_bytes = 8192;
};

/// Makes and checks JSON Web Tokens (RFC 7519), for clients and services that require this format: tokens of this
/// program with its secrets (HS256), and tokens of an identity provider with its public keys (RS256, ES256). Between
/// programs that use Bennu, `token_keys` is simpler.
///
/// The key decides the algorithm, not the token (RFC 8725 §3.1). A token is invalid when its header names another
/// algorithm, such as `none`, or HS256 for a public key. It is also invalid when it has critical extensions (`crit`).
/// The headers `typ` and `kid` are ignored.
///
/// There may be several keys: the first secret makes tokens, and a check tries all keys. To replace a secret, put the
/// new one first and remove the old one when its last tokens have expired. To replace a provider's key, keep both for
/// a while.
///
/// HMACs are compared in constant time (CRYPTO_memcmp), and before libjwt reads the token, because old versions of
/// libjwt compare with strcmp (CVE-2024-25189).
///
/// Cost: to sign or to check an HMAC takes 5 to 10 µs; to check a signature with a public key takes 0.3 to 0.4 ms,
/// most of it for parsing the key.
///
/// Thread safety: immutable; any thread may use it.
class jwt_keys {
public:
  using clock = wall_clock;                                 ///< the clock of `iat`, `nbf` and `exp`
  using result = std::variant<nlohmann::json, token_error>; ///< the claims, or why the token was refused

  /// Secrets must not be shorter than the hash (RFC 7518 §3.2).
  static constexpr size_t min_secret_bytes = 32;

  /// Shorter RSA keys are not allowed (RFC 7518 §3.3).
  static constexpr int min_rsa_bits = 2048;

  /// @param secrets the newest one first
  /// @param public_keys in PEM (`-----BEGIN PUBLIC KEY-----`); RSA keys check RS256, keys on the curve P-256 check
  /// ES256
  /// @throws std::invalid_argument when there is no key at all, when a secret is shorter than `min_secret_bytes` or
  /// is a PEM text (which may be public), or when a public key cannot be read, is too short, or has another type. The
  /// text says which key it is.
  explicit jwt_keys(std::vector<std::string> secrets, std::vector<std::string> public_keys = {});

  /// Makes a token that others can read but not change. It contains `claims` and the claims `iat` (`now`) and `exp`
  /// (`now` plus `lifetime`), which replace those in `claims`. @throws std::logic_error when there is no secret;
  /// std::invalid_argument when `claims` is not an object, or contains what libjwt cannot represent: text with a NUL or
  /// invalid UTF-8, or integers from 2^63 on.
  std::string sign(const nlohmann::json& claims, std::chrono::seconds lifetime,
                   clock::time_point now = clock::now()) const;

  /// Checks a token. It is expired from `exp` on and invalid before `nbf`; both may have fractions. The caller checks
  /// all other claims.
  /// @returns the claims, an object; `expired` for a genuine token that meets `wanted` except for its `exp`; else
  /// `invalid`.
  result verify(std::string_view token, const jwt_expectations& wanted = {},
                clock::time_point now = clock::now()) const;

private:
  struct public_key {
    std::string pem;
    std::string algorithm;
  };

  static public_key read_public_key(std::string pem);

  std::vector<std::string> secrets_;
  std::vector<public_key> public_keys_;
};

/// The time until the `exp` of a verified token. `socket::connect` and `socket::refresh` can limit a connection to it:
/// `return connected{.expires_after = jwt_time_left(claims)};`.
/// @returns zero when `exp` has passed, at most a hundred years, and nothing when the claims have no `exp`.
std::optional<std::chrono::milliseconds> jwt_time_left(const nlohmann::json& claims,
                                                       jwt_keys::clock::time_point now = jwt_keys::clock::now());

} // namespace bennu
