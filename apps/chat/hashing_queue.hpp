#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apps/chat/store.hpp"
#include <bennu/supervision/blocking_pool.hpp>
#include <bennu/transport/jwt.hpp>

namespace chat {

enum class hashing_work : uint8_t { sign_in, sign_up };

/// The queue of the thread that hashes passwords. Sign-ins go first, so that a flood of new accounts keeps nobody out.
///
/// A hash takes 64 MiB and 100 ms of a core, so one thread leaves the other cores to the chat. Work is
/// dropped when its queue is full or the pool stops; the `question` that it holds then answers with its refusal.
/// Thread safety: any thread.
class hashing_queue {
public:
  /// 50 sign-ins take 5 s at 100 ms each. Fewer sign-ups may wait, because a new account is less urgent.
  struct limits {
    size_t sign_ins = 50;
    size_t sign_ups = 20;
  };

  hashing_queue() : hashing_queue(limits{}) {}
  explicit hashing_queue(limits most);

  void run(hashing_work kind, std::function<void()> work) const;

  bennu::child_spec supervised() const { return thread_.supervised("password hashing"); }

private:
  struct waiting;
  class turn;

  std::shared_ptr<waiting> waiting_;
  bennu::blocking_pool thread_;
};

/// The content of a valid token.
struct bearer {
  user owner;
  std::chrono::milliseconds time_left{}; ///< until the token expires
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

  /// A token can be renewed, however often, until this long after its sign-in. So a stolen token serves for this long
  /// and one lifetime at most.
  static constexpr seconds max_session = std::chrono::hours{24 * 30};

  /// Makes the token of a sign-in. It is valid for the lifetime, from `now` (seconds since 1970).
  std::string sign(const user& owner, int64_t now) const { return make({owner, {}, now}, now); }

  /// Makes a newer token of the same session. @returns nothing when the session has lasted for `max_session`.
  std::optional<std::string> renew(const bearer& old, int64_t now) const;

  /// Reads a token. @returns nothing when it is malformed, was signed with another key, or has expired at `now`.
  std::optional<bearer> read(std::string_view token, int64_t now) const;

private:
  std::string make(const bearer& session, int64_t now) const;

  bennu::jwt_keys keys_;
  seconds lifetime_;
};

/// Hashes a password with Argon2id, 64 MiB and 2 passes: what libsodium recommends for interactive use, and in the same
/// text. It takes 100 ms or so; never call it on an io unit. It uses the reference library instead of
/// libsodium, which obtains the memory by one call that makes all other threads wait for the kernel meanwhile.
/// @throws std::runtime_error when there is not enough memory. Thread safety: any thread.
std::string hash_password(std::string_view password);

/// Whether `hash` was made from `password`.
bool password_fits(std::string_view password, const std::string& hash);

/// Takes as long as `password_fits` and returns false. Called for unknown names, so that the time does not reveal
/// which names exist.
bool password_fits_nobody(std::string_view password);

} // namespace chat
