#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include <bennu/transport/token.hpp>

namespace bennu {

/// What a JWT must say, beyond being genuine.
struct jwt_expectations {
  /// Who must have issued it (`iss`). Nothing: whoever holds a key.
  std::optional<std::string> issuer = std::nullopt;

  /// Whom it must be for: `aud` is this text, or a list that has it. Nothing: a token that names an audience is invalid, since it is not
  /// for us (RFC 7519 §4.1.3).
  std::optional<std::string> audience = std::nullopt;

  /// How much longer than `exp` and earlier than `nbf` it is good. None: our own tokens are checked by the clock that made them. For those
  /// of another machine a minute is usual.
  std::chrono::seconds leeway{0};

  /// Whether one without `exp` is invalid: who finds it could use it for ever.
  bool must_expire = true;

  /// What is longer is invalid unread. 8 KiB: what web servers take as one header. libjwt copies a token to the stack.
  size_t max_bytes = 8192;
};

/// Makes and checks JSON Web Tokens (RFC 7519), for clients and services that know no other: our own, with secrets (HS256), and those
/// of an identity provider, with its public keys (RS256, ES256). Between our own programs `token_keys` is simpler.
///
/// The key decides the algorithm, never the token (RFC 8725 §3.1): a header that names another one, such as `none` or HS256 for what a public
/// key must have signed, makes a token invalid. So do critical extensions (`crit`); `typ` and `kid` are not looked at.
///
/// Several keys are held: the first secret makes tokens, all keys are tried to check them. So a secret is replaced by putting a new one in
/// front and removing the old one after the longest lifetime, and a provider's key by holding both for a while.
///
/// An HMAC is compared in a time that tells nothing of it (CRYPTO_memcmp), and before libjwt sees the token, of which older ones compared
/// with strcmp (CVE-2024-25189). A public key has nothing to tell.
///
/// What it costs: to sign or to check an HMAC 5 to 10 µs, to check what a public key has signed 0.3 to 0.4 ms, most of it for reading the key.
///
/// Thread safety: immutable; any thread may use it.
class jwt_keys {
public:
  using clock = std::chrono::system_clock;
  using result = std::variant<nlohmann::json, token_error>;

  /// A key shorter than the hash is the weakest part (RFC 7518 §3.2).
  static constexpr size_t min_secret_bytes = 32;

  /// Shorter RSA keys are not allowed (RFC 7518 §3.3).
  static constexpr int min_rsa_bits = 2048;

  /// `secrets`, the newest first, and `public_keys` in PEM (`-----BEGIN PUBLIC KEY-----`): RSA ones check RS256, those on the curve P-256
  /// check ES256.
  /// @throws std::invalid_argument if there is none at all; if a secret is shorter than `min_secret_bytes` or is a PEM text, which may be
  /// public; if a public key cannot be read, is too short or of another kind. The text says which one it is.
  explicit jwt_keys(std::vector<std::string> secrets, std::vector<std::string> public_keys = {});

  /// A token that anybody can read and nobody can change, good for `lifetime` from `now`: `claims` with `iat` and `exp`, which replace those
  /// that it has. REQUIRES: there is a secret.
  /// @throws std::invalid_argument if `claims` is no object or has what libjwt's JSON cannot hold: text that is not UTF-8 or has a NUL,
  /// integers above 2^63.
  std::string sign(const nlohmann::json& claims, std::chrono::seconds lifetime,
                   clock::time_point now = clock::now()) const;

  /// The claims, an object; `expired` for a genuine token that is as wanted but for its `exp`; `invalid` for everything else, whatever the bytes.
  /// From `exp` on it is expired, before `nbf` it is invalid; both may have fractions. Claims that are not named above are the caller's to check.
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

/// How long these claims of a verified token are still good, for a connection that may last no longer:
/// `return connected{.expires_after = jwt_time_left(claims)};` in `socket::connect` and `socket::refresh`.
/// Zero when that is over, nothing when they have no `exp`: for ever. What is further away than a hundred years is a hundred years.
std::optional<std::chrono::milliseconds> jwt_time_left(const nlohmann::json& claims,
                                                       jwt_keys::clock::time_point now = jwt_keys::clock::now());

} // namespace bennu
