#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bennu {

/// Why a token was not accepted.
enum class token_error {
  invalid, ///< malformed, forged, of another purpose, or made with a key that is no longer held
  expired, ///< genuine, but older than allowed
};

/// Makes and checks tokens: small texts that carry data through a client's hands, for instance who
/// it is.
///
/// Like Phoenix.Token: a token belongs to a purpose (`"user socket"`; Phoenix says salt) and tells
/// its age. The format is our own. Several secrets are held: the first makes tokens, all are tried
/// to check them, so a secret is replaced by putting a new one in front and removing the old one
/// after the longest age.
///
/// Thread safety: immutable; any thread may use it.
class token_keys {
public:
  using clock = std::chrono::system_clock;
  using result = std::variant<std::string, token_error>;

  /// A day, as in Phoenix: long enough for a page that stays open, short enough that a leaked token
  /// dies.
  static constexpr std::chrono::seconds default_max_age{86'400};

  /// A secret shorter than the hash is the weakest part.
  static constexpr size_t min_secret_bytes = 32;

  /// `secrets`, the newest first.
  /// @throws std::invalid_argument if there is none, or one is shorter than `min_secret_bytes`.
  explicit token_keys(std::vector<std::string> secrets);

  /// A token that anybody can read and nobody can change: HMAC-SHA-256.
  std::string sign(std::string_view purpose, std::string_view data, clock::time_point now = clock::now()) const;

  /// The data of a token made by `sign` for the same purpose, at most `max_age` ago.
  result verify(std::string_view purpose, std::string_view token, std::chrono::seconds max_age = default_max_age,
                clock::time_point now = clock::now()) const;

  /// A token that nobody else can read or change: AES-256-GCM with a random nonce.
  std::string encrypt(std::string_view purpose, std::string_view data, clock::time_point now = clock::now()) const;

  /// The data of a token made by `encrypt` for the same purpose, at most `max_age` ago.
  result decrypt(std::string_view purpose, std::string_view token, std::chrono::seconds max_age = default_max_age,
                 clock::time_point now = clock::now()) const;

private:
  std::vector<std::string> secrets_;
};

} // namespace bennu
