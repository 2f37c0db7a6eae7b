#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/chat/store.hpp"
#include <bennu/transport/jwt.hpp>

namespace chat {

/// What a good token says.
struct bearer {
  user owner;
  std::chrono::milliseconds time_left{}; ///< for which it is good
  int64_t signed_in_at = 0;              ///< seconds since 1970: when the owner last showed the password
};

/// Signs and reads the tokens that users show: JWT, HS256, subject = user id; the name travels in the claim `name`, so
/// that no connect needs the database, and the time of the sign-in in `auth_time`.
/// Thread safety: any thread; immutable.
class token_key {
public:
  using seconds = std::chrono::seconds;

  /// REQUIRES: `secret` has 32 bytes or more (RFC 7518 §3.2); @throws std::invalid_argument otherwise.
  explicit token_key(std::string secret, seconds lifetime = std::chrono::hours{24});

  /// How long after a sign-in its token can be renewed, however often: a token that was stolen is worth nothing after
  /// that.
  static constexpr seconds max_session = std::chrono::hours{24 * 30};

  /// The token of a sign-in: good for the lifetime, from `now` (seconds since 1970).
  std::string sign(const user& owner, int64_t now) const { return make({owner, {}, now}, now); }

  /// A newer token of the same session; nothing when the session has lasted for `max_session`.
  std::optional<std::string> renew(const bearer& old, int64_t now) const;

  /// What a token says; nothing when it is malformed, signed otherwise, or expired at `now`.
  std::optional<bearer> read(std::string_view token, int64_t now) const;

private:
  std::string make(const bearer& session, int64_t now) const;

  bennu::jwt_keys keys_;
  seconds lifetime_;
};

} // namespace chat
