#include "room_channel.hpp"

#include <nlohmann/json.hpp>

namespace {

bool has_text(const bennu::json& in, const char* member) {
  return in.contains(member) && in.at(member).is_string() && in.at(member) != "";
}

} // namespace

bennu::join_result room_channel::join(const bennu::json& params) {
  if (!has_text(params, "user"))
    return bennu::refuse{{{"reason", "user: a name is missing"}}};
  user_ = params.at("user");
  return bennu::accept{};
}

bennu::events<room_channel> room_channel::events_in() {
  return {{"new_msg", &room_channel::new_msg}};
}

bennu::reply room_channel::new_msg(const bennu::json& in) {
  if (!has_text(in, "body"))
    return bennu::reply::error({{"reason", "body: a text is missing"}});
  broadcast("new_msg", {{"user", user_}, {"body", in.at("body")}});
  return bennu::reply::ok();
}
