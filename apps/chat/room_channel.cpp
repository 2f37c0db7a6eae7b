#include "apps/chat/room_channel.hpp"

#include <stdexcept>

#include <caf/send.hpp>

#include "actors/deferred_reply.hpp"
#include "apps/chat/channel_support.hpp"
#include "apps/chat/message_rules.hpp"
#include "apps/chat/store_messages.hpp"
#include "apps/chat/user_socket.hpp"
#include "apps/chat/wire_format.hpp"

namespace chat {

using bennu::reply;

namespace {

constexpr int history = 50;

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
  shared_->storage.ask_for(self(), [room = room_id(), id = me_.id](store& s) { return s.access(room, id); });
  return bennu::defer_join{};
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
    [this](const result<room_access>& found) { decide(found); },
    [this](const result<std::vector<message>>& found) {
      if (found) // a database that is away shows itself at the next message; the channel lives on
        push("recent_messages", json{{"messages", to_json_array(*found)}});
    },
    [this](const message_stored& x) {
      x.news->tell(*this);
      x.answer.ok(json{{"id", x.id}});
    },
  };
}

void room_channel::decide(const result<room_access>& found) {
  if (found.is(store_failure::kind::not_found))
    return decide_join(bennu::refuse{reason("room not found")});
  if (!found)
    return decide_join(bennu::refuse{reason("unavailable")});
  if (!found->may_join)
    return decide_join(bennu::refuse{reason("unauthorized")});
  decide_join(bennu::accept{json{{"room", {{"id", found->place.id}, {"name", found->place.name}}}}});
  if (!known_)
    tell_of_the_join();
}

// Nobody left, so nobody joins: the client kept its subscription and missed nothing.
void room_channel::restarted(const bennu::exit_info&) {
  known_ = true;
}

void room_channel::tell_of_the_join() {
  broadcast_from("user_joined", json{{"user", to_json(me_)}});
  // Read after the subscription: what is stored meanwhile is in it, or is broadcast to us, or both.
  shared_->storage.ask_for(self(), [room = room_id()](store& s) { return s.recent_messages(room, history); });
}

reply room_channel::new_message(const json& in) {
  auto body = text_of(in, "body");
  switch (judge_message(body, shared_->words)) {
    case verdict::blank:
      return reply::error(field_errors("body", "can't be blank"));
    case verdict::too_long:
      return reply::error(reason("message_too_long"));
    case verdict::inappropriate:
      return reply::error(reason("inappropriate"));
    case verdict::fine:
      break;
  }
  if (!shared_->messages.take(std::to_string(me_.id), window_limiter::clock::now()))
    return reply::error(reason("rate_limited"));
  auto stored = [later = defer(), me = caf::actor{self()},
                 &topics = *shared_->topics](const result<stored_message>& x) {
    if (!x)
      return later.error(reason("unavailable"));
    caf::anon_send(me, message_stored{std::make_shared<announcement>(topics, *x), x->text.id, later});
  };
  shared_->storage.add_message({room_id(), me_.id, body, mentions_in(body)}, std::move(stored));
  return reply::none();
}

void room_channel::terminate(const caf::error&) {
  broadcast_from("user_left", json{{"user_id", me_.id}});
}

} // namespace chat
