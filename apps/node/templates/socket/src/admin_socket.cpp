#include "admin_socket.hpp"

#include <chrono>

#include <nlohmann/json.hpp>

namespace {

// What the token is for: one that was made for another purpose is refused here.
constexpr auto purpose = "admin socket";

} // namespace

std::string admin_socket::token_for(const bennu::token_keys& keys, const std::string& user_id) {
  return keys.sign(purpose, user_id);
}

bennu::connect_result admin_socket::connect(const bennu::connect_info& info) {
  return check(info.auth_token.empty() ? info.param("token") : info.auth_token); // old clients send it as a param
}

std::optional<bennu::connect_result> admin_socket::refresh(const bennu::json& payload) {
  if (!payload.contains("token") || !payload.at("token").is_string())
    return bennu::connect_refused{403, "token: a text is missing"};
  return check(payload.at("token").get_ref<const std::string&>());
}

bennu::connect_result admin_socket::check(std::string_view token) {
  const auto checked = keys_->verify(purpose, token);
  const auto* user_id = std::get_if<std::string>(&checked);
  if (user_id == nullptr || (!user_id_.empty() && *user_id != user_id_)) // a refresh cannot change the user
    return bennu::connect_refused{403, "invalid token"};
  user_id_ = *user_id;
  const auto age = bennu::token_keys::clock::now() - *bennu::token_keys::claimed_time(token);
  return bennu::connected{.expires_after =
                            std::chrono::ceil<std::chrono::milliseconds>(bennu::token_keys::default_max_age - age)};
}
