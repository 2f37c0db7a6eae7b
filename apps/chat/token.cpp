#include "apps/chat/token.hpp"

#include <jwt.h>

#include <charconv>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>

namespace chat {

namespace {

using jwt_ptr = std::unique_ptr<jwt_t, decltype(&jwt_free)>;

const unsigned char* bytes_of(const std::string& x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

} // namespace

token_key::token_key(std::string secret, seconds lifetime) : secret_(std::move(secret)), lifetime_(lifetime) {
  if (secret_.size() < 32)
    throw std::invalid_argument("the token secret has " + std::to_string(secret_.size())
                                + " bytes, it needs 32 or more");
}

std::string token_key::sign(const user& owner, int64_t now) const {
  jwt_t* raw = nullptr;
  if (jwt_new(&raw) != 0)
    throw std::bad_alloc();
  jwt_ptr token{raw, jwt_free};
  jwt_add_grant(raw, "sub", std::to_string(owner.id).c_str());
  jwt_add_grant(raw, "name", owner.name.c_str());
  jwt_add_grant_int(raw, "iat", now);
  jwt_add_grant_int(raw, "exp", now + lifetime_.count());
  jwt_set_alg(raw, JWT_ALG_HS256, bytes_of(secret_), static_cast<int>(secret_.size()));
  std::unique_ptr<char, decltype(&std::free)> text{jwt_encode_str(raw), std::free};
  if (!text)
    throw std::bad_alloc();
  return text.get();
}

std::optional<user> token_key::read(std::string_view token, int64_t now) const {
  if (token.empty() || token.size() > 4096 || token.find('\0') != std::string_view::npos)
    return std::nullopt;
  jwt_t* raw = nullptr;
  if (jwt_decode(&raw, std::string{token}.c_str(), bytes_of(secret_), static_cast<int>(secret_.size())) != 0)
    return std::nullopt;
  jwt_ptr decoded{raw, jwt_free};
  if (jwt_get_alg(raw) != JWT_ALG_HS256) // "alg":"none" decodes, too
    return std::nullopt;
  const char* subject = jwt_get_grant(raw, "sub");
  const char* name = jwt_get_grant(raw, "name");
  if (!subject || !name || jwt_get_grant_int(raw, "exp") <= now)
    return std::nullopt;
  user owner{0, name};
  std::string_view digits{subject};
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), owner.id);
  if (error != std::errc{} || end != digits.data() + digits.size() || owner.id <= 0)
    return std::nullopt;
  return owner;
}

} // namespace chat
