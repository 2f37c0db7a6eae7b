#include "apps/chat/user_channel.hpp"

#include "apps/chat/channel_support.hpp"
#include "apps/chat/store_messages.hpp"
#include "apps/chat/user_socket.hpp"
#include "apps/chat/wire_format.hpp"
#include <bennu/actors/deferred_reply.hpp>

namespace chat {

using bennu::reply;

namespace {

// As many as the reply to a join contains.
constexpr size_t max_marked_at_once = 100;

} // namespace

user_channel::user_channel(bennu::channel_context context, services_ptr shared)
  : channel(context), shared_(std::move(shared)) {}

bennu::join_result user_channel::join(const json&) {
  me_ = socket_as<user_socket>().owner().id;
  if (subtopic() != std::to_string(me_))
    return bennu::refuse{reason("unauthorized")};
  ask_for_unread();
  return bennu::defer_join{};
}

const bennu::event_table& user_channel::handle_in() const {
  static const bennu::events<user_channel> table = {
    {"mark_notifications_read", [](user_channel& user, const json& in) { return user.mark_read(in); }},
  };
  return table;
}

const bennu::event_table& user_channel::handle_out() const {
  static const bennu::events<user_channel> table = {
    {"notification",
     [](user_channel& user, const bennu::payload& x) { user.tell(x.value().at("id").get<int64_t>(), x); }},
  };
  return table;
}

caf::message_handler user_channel::handle_info() {
  return {[this](const result<std::vector<notification>>& unread) {
    if (!unread)
      return joined_ ? void() : decide_join(bennu::refuse{reason("unavailable")});
    if (!joined_)
      return joined_with(*unread);
    for (auto x = unread->rbegin(); x != unread->rend(); ++x)
      tell(x->id, to_json(*x));
  }};
}

void user_channel::ask_for_unread() {
  shared_->storage.ask_for(self(), [id = me_](store& s) { return s.unread_notifications(id); });
}

void user_channel::joined_with(const std::vector<notification>& unread) {
  joined_ = true;
  for (auto& x : unread)
    told_.insert(x.id);
  decide_join(bennu::accept{json{{"notifications", to_json_array(unread)}}});
  ask_for_unread();
}

void user_channel::tell(int64_t id, const bennu::payload& content) {
  if (told_.insert(id).second)
    push("notification", content);
}

reply user_channel::mark_read(const json& in) {
  std::vector<int64_t> ids;
  const auto given = in.is_object() ? in.value("ids", json{}) : json{};
  bool good = given.is_array() && given.size() <= max_marked_at_once;
  for (auto& x : good ? given : json::array()) {
    good = good && x.is_number_integer();
    ids.push_back(good ? x.get<int64_t>() : 0);
  }
  if (!good)
    return reply::error(field_errors("ids", "must be a list of at most 100 integers"));
  shared_->storage.ask(
    [id = me_, ids](store& s) { return s.mark_notifications_read(id, ids); },
    [later = defer()](const result<done>& marked) { marked ? later.ok() : later.error(reason("unavailable")); });
  return reply::none();
}

} // namespace chat
