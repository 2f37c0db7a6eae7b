#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/supervision/fault.hpp>

namespace bennu {

/// Why a token was refused.
enum class token_error {
  invalid, ///< malformed, forged, made for another purpose, or made with a secret that was removed
  expired, ///< genuine, but older than allowed
};

/// Makes and checks tokens. A token is a short text that a client keeps and sends back, for instance to prove who it
/// is.
///
/// A token is made for one purpose (`"user socket"`; Phoenix calls it salt) and knows its age. The format is Bennu's,
/// not Phoenix's. There may be several secrets: the first one makes tokens, and a check tries all. To replace a
/// secret, put the new one first and remove the old one when its last tokens have expired.
///
/// Source: Phoenix.Token.
/// Thread safety: immutable; any thread may use it.
class token_keys {
public:
  using clock = wall_clock;                              ///< the clock by which tokens age
  using result = std::variant<std::string, token_error>; ///< the data of the token, or why it was refused

  /// A day, as in Phoenix: long enough for a page that stays open, short enough to limit the harm of a leaked token.
  static constexpr std::chrono::seconds default_max_age{86'400};

  /// The size of a SHA-256 hash. A shorter secret would be weaker than the hash.
  static constexpr size_t min_secret_bytes = 32;

  /// @param secrets the newest one first
  /// @throws std::invalid_argument when there is no secret, or one is shorter than `min_secret_bytes`.
  explicit token_keys(std::vector<std::string> secrets);

  /// Makes a token that others can read but not change (HMAC-SHA-256).
  std::string sign(std::string_view purpose, std::string_view data, clock::time_point now = clock::now()) const;

  /// Checks a token of `sign`.
  /// @returns its data if `sign` made it for the same purpose at most `max_age` ago, else the error.
  result verify(std::string_view purpose, std::string_view token, std::chrono::seconds max_age = default_max_age,
                clock::time_point now = clock::now()) const;

  /// When a token of `sign` says that it was made, by whomever and with whatever secret: nothing is checked. Only for
  /// finding out what is wrong. @returns nothing when the text does not have the form of such a token.
  static std::optional<clock::time_point> claimed_time(std::string_view token);

  /// Makes a token that others can neither read nor change (AES-256-GCM with a random nonce).
  std::string encrypt(std::string_view purpose, std::string_view data, clock::time_point now = clock::now()) const;

  /// Decrypts and checks a token of `encrypt`.
  /// @returns its data if `encrypt` made it for the same purpose at most `max_age` ago, else the error.
  result decrypt(std::string_view purpose, std::string_view token, std::chrono::seconds max_age = default_max_age,
                 clock::time_point now = clock::now()) const;

private:
  std::vector<std::string> secrets_;
};

} // namespace bennu
