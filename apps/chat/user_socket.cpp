#include "apps/chat/user_socket.hpp"

#include "apps/chat/http_answers.hpp"

namespace chat {

bennu::connect_result user_socket::connect(const bennu::connect_info& info) {
  const auto token = info.auth_token.empty() ? info.param("token") : std::string_view{info.auth_token};
  const auto known = shared_->tokens.read(token, unix_seconds());
  if (!known)
    return bennu::connect_refused{403, ""};
  owner_ = known->owner;
  return bennu::connected{.expires_after = known->time_left};
}

std::optional<bennu::connect_result> user_socket::refresh(const nlohmann::json& payload) {
  const auto token = payload.is_object() ? payload.value("token", nlohmann::json{}) : nlohmann::json{};
  if (!token.is_string())
    return bennu::connect_refused{403, "invalid token"};
  const auto known = shared_->tokens.read(token.get_ref<const std::string&>(), unix_seconds());
  if (!known || known->owner.id != owner_.id)
    return bennu::connect_refused{403, "invalid token"};
  return bennu::connected{.expires_after = known->time_left};
}

} // namespace chat
