#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/chat/store.hpp"
#include <bennu/transport/jwt.hpp>

namespace chat {

/// Signs and reads the tokens that users show: JWT, HS256, subject = user id; the name travels in the claim `name`, so that no
/// connect needs the database.
/// Thread safety: any thread; immutable.
class token_key {
public:
  using seconds = std::chrono::seconds;

  /// REQUIRES: `secret` has 32 bytes or more (RFC 7518 §3.2); @throws std::invalid_argument otherwise.
  explicit token_key(std::string secret, seconds lifetime = std::chrono::hours{24});

  /// A token that is good for the lifetime, from `now` (seconds since 1970).
  std::string sign(const user& owner, int64_t now) const;

  /// The owner of a token; nothing when it is malformed, signed otherwise, or expired at `now`.
  std::optional<user> read(std::string_view token, int64_t now) const;

private:
  bennu::jwt_keys keys_;
  seconds lifetime_;
};

} // namespace chat
