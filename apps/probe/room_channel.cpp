#include "apps/probe/room_channel.hpp"

#include <stdexcept>

#include <caf/atom.hpp>

#include "apps/probe/probe_socket.hpp"

namespace bennu::probe {

namespace {

using after_join = caf::atom_constant<caf::atom("after_join")>;

} // namespace

join_result room_channel::join(const json&) {
  self()->send(self(), after_join::value);
  return accept{};
}

const event_table& room_channel::handle_in() const {
  static const events<room_channel> table = {
    {"new_msg",
     [](room_channel& room, const payload& in) {
       room.broadcast("new_msg", in);
       return reply::ok();
     }},
    {"boom", [](room_channel&, const payload&) -> reply { throw std::runtime_error("boom"); }},
    {"binary_event",
     [](room_channel& room, const payload& in) {
       room.push("binary_event", payload::binary({"\x00\x01", 2}));
       return reply::ok(payload::binary(std::string{in.bytes()} + "\x03\x04"));
     }},
  };
  return table;
}

const event_table& room_channel::handle_out() const {
  static const events<room_channel> table = {
    {"new_msg",
     [](room_channel& room, const payload& out) {
       const json transport = room.transport() == transport_kind::websocket ? "websocket" : "longpoll";
       room.push("new_msg", out.with("transport", transport));
     }},
  };
  return table;
}

caf::message_handler room_channel::handle_info() {
  return {[this](after_join) { tell_of_the_join(); }};
}

void room_channel::tell_of_the_join() {
  const auto& user_id = socket_as<probe_socket>().user_id();
  broadcast("user_entered", payload().with("user", join_params().member("user").value_or(json{})));
  push("joined", json{{"status", "connected"}, {"user_id", user_id.empty() ? json{} : json(user_id)}});
}

void room_channel::terminate(const caf::error&) {
  push("you_left", json{{"message", "bye!"}});
}

} // namespace bennu::probe
