#include "apps/chat/token.hpp"

#include <charconv>
#include <utility>

namespace chat {

namespace {

bennu::jwt_keys::clock::time_point time_of(int64_t unix_time) {
  return bennu::jwt_keys::clock::time_point{std::chrono::seconds{unix_time}};
}

} // namespace

token_key::token_key(std::string secret, seconds lifetime) : keys_({std::move(secret)}), lifetime_(lifetime) {}

std::string token_key::make(const bearer& session, int64_t now) const {
  return keys_.sign(
    {{"sub", std::to_string(session.owner.id)}, {"name", session.owner.name}, {"auth_time", session.signed_in_at}},
    lifetime_, time_of(now));
}

std::optional<std::string> token_key::renew(const bearer& old, int64_t now) const {
  if (now - old.signed_in_at >= max_session.count())
    return std::nullopt;
  return make(old, now);
}

std::optional<bearer> token_key::read(std::string_view token, int64_t now) const {
  const auto checked = keys_.verify(token, {}, time_of(now));
  const auto* claims = std::get_if<nlohmann::json>(&checked);
  if (!claims)
    return std::nullopt;
  const auto subject = claims->find("sub"), name = claims->find("name");
  if (subject == claims->end() || !subject->is_string() || name == claims->end() || !name->is_string())
    return std::nullopt;
  bearer found{{0, name->get<std::string>()}, bennu::jwt_time_left(*claims, time_of(now)).value_or(lifetime_), now};
  if (const auto since = claims->find("auth_time"); since != claims->end() && since->is_number_integer())
    found.signed_in_at = since->get<int64_t>();
  const auto& digits = subject->get_ref<const std::string&>();
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), found.owner.id);
  if (error != std::errc{} || end != digits.data() + digits.size() || found.owner.id <= 0)
    return std::nullopt;
  return found;
}

} // namespace chat
