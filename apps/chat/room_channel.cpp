#include "apps/chat/room_channel.hpp"

#include <stdexcept>

#include <caf/atom.hpp>
#include <caf/send.hpp>

#include "actors/deferred_reply.hpp"
#include "apps/chat/message_rules.hpp"
#include "apps/chat/room_messages.hpp"
#include "apps/chat/user_socket.hpp"
#include "apps/chat/wire_format.hpp"

namespace chat {

using bennu::reply;

namespace {

using after_join = caf::atom_constant<caf::atom("after_join")>;

constexpr int history = 50;

json reason(const char* text) {
  return {{"reason", text}};
}

json blank_body() {
  return {{"errors", {{"body", {"can't be blank"}}}}};
}

// Anything but a text is as good as none.
std::string text_of(const json& in, const char* field) {
  if (!in.is_object() || !in.contains(field) || !in[field].is_string())
    return {};
  return in[field].get<std::string>();
}

} // namespace

room_channel::room_channel(bennu::channel_context context, services_ptr shared)
  : channel(context), shared_(std::move(shared)) {}

bennu::join_result room_channel::join(const json&) {
  me_ = socket_as<chat::user_socket>().owner();
  auto found = shared_->rooms.find(subtopic(), me_.id);
  if (!found)
    return bennu::refuse{reason("room not found")};
  if (!found->may_join)
    return bennu::refuse{reason("unauthorized")};
  self()->send(self(), after_join::value);
  return bennu::accept{json{{"room", {{"id", found->place.id}, {"name", found->place.name}}}}};
}

const bennu::event_table& room_channel::handle_in() const {
  using events = bennu::events<room_channel>;
  static const events table = {
    {"new_message", [](room_channel& room, const json& in) { return room.new_message(in); }},
    {"typing",
     [](room_channel& room, const json& in) {
       const bool typing = in.is_object() && in.value("typing", json{}) == true;
       room.broadcast_from("user_typing", json{{"user_id", room.me_.id}, {"typing", typing}});
     }},
    // Presence shows it once there is presence; until then the event is taken and forgotten.
    {"update_status", [](room_channel&, const json&) {}},
  };
  static const events table_with_faults{
    table,
    {
      {"boom", [](room_channel&, const json&) -> reply { throw std::runtime_error("boom, as it was asked to"); }},
    }};
  return shared_->dev_mode ? table_with_faults : table;
}

caf::message_handler room_channel::handle_info() {
  return {
    [this](after_join) {
      if (!known_)
        tell_of_the_join();
    },
    [this](const history_read& x) { push("recent_messages", x.content); },
    [this](const message_stored& x) {
      broadcast("new_message", x.content);
      for (auto& [user_id, content] : x.notifications)
        broadcast_to("user:" + std::to_string(user_id), "notification", content);
      x.answer.ok(json{{"id", x.id}});
    },
  };
}

// Nobody left, so nobody joins: the client kept its subscription and missed nothing.
void room_channel::restarted(const bennu::exit_info&) {
  known_ = true;
}

void room_channel::tell_of_the_join() {
  broadcast_from("user_joined", json{{"user", to_json(me_)}});
  shared_->storage.ask([room = std::string{subtopic()}](store& s) { return s.recent_messages(room, history); },
                       [me = caf::actor{self()}](const result<std::vector<message>>& found) {
                         if (found) // a database that is away shows itself at the next message; the channel lives on
                           caf::anon_send(me, history_read{json{{"messages", to_json_array(*found)}}});
                       });
}

reply room_channel::new_message(const json& in) {
  auto body = text_of(in, "body");
  switch (judge_message(body, shared_->words)) {
    case verdict::blank:
      return reply::error(blank_body());
    case verdict::too_long:
      return reply::error(reason("message_too_long"));
    case verdict::inappropriate:
      return reply::error(reason("inappropriate"));
    case verdict::fine:
      break;
  }
  if (!shared_->messages.take(std::to_string(me_.id), window_limiter::clock::now()))
    return reply::error(reason("rate_limited"));
  draft text{std::string{subtopic()}, me_.id, body, mentions_in(body)};
  shared_->storage.add_message(std::move(text),
                               [later = defer(), me = caf::actor{self()}](const result<stored_message>& stored) {
                                 if (!stored)
                                   return later.error(reason("unavailable"));
                                 message_stored told{stored->text.id, to_json(stored->text), {}, later};
                                 for (auto& x : stored->notifications)
                                   told.notifications.emplace_back(x.user_id, to_json(x));
                                 caf::anon_send(me, std::move(told));
                               });
  return reply::none();
}

void room_channel::terminate(const caf::error&) {
  broadcast_from("user_left", json{{"user_id", me_.id}});
}

} // namespace chat
