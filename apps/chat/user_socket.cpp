#include "apps/chat/user_socket.hpp"

#include <utility>

#include "apps/chat/http_answers.hpp"
#include "apps/chat/wire_format.hpp"

namespace chat {

room_visit::room_visit(bennu::pubsub& topics, room where, const user& guest)
  : place(std::move(where)), meta{{"name", guest.name},
                                  {"avatar", avatar_url(guest)},
                                  {"joined_at", iso_time(unix_ms())},
                                  {"status", "online"}},
    topics_(topics), guest_(guest.id) {}

room_visit::~room_visit() {
  if (announced)
    topics_.broadcast("room:" + place.id, "user_left", json{{"user_id", guest_}});
}

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
