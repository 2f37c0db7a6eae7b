#include "apps/probe/probe_channels.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

#include <caf/atom.hpp>

#include <bennu/actors/reply.hpp>

namespace bennu::probe {

/// The time of a `later` event has come.
struct later_due {
  deferred_reply answer;
  payload body;
};

BENNU_MESSAGE(later_due)

namespace {

// Works for payloads of any depth. Throws when there is no such member.
payload member(const payload& in, std::string_view name) {
  return in.member(name).value();
}

std::chrono::milliseconds duration_of(const payload& in) {
  return std::chrono::milliseconds{member(in, "ms").value().get<int64_t>()};
}

void answer_later(echo_channel& self, const payload& in) {
  self.self()->delayed_send(self.self(), duration_of(in), later_due{self.defer(), in});
}

reply kick(echo_channel& self, const json& in) {
  self.broadcast_to("user_sockets:" + in.at("user_id").get<std::string>(), "disconnect");
  return reply::ok();
}

reply publish(echo_channel& self, const payload& in) {
  const auto text = [&in](std::string_view name) { return member(in, name).value().get<std::string>(); };
  self.broadcast_to(text("topic"), text("event"), member(in, "payload"));
  return reply::ok();
}

reply follow(echo_channel& self, const json& in) {
  if (self.subscribe(in.at("topic").get<std::string>()))
    return reply::ok();
  return reply::error({{"reason", "too many subscriptions"}});
}

reply unfollow(echo_channel& self, const json& in) {
  self.unsubscribe(in.at("topic").get<std::string>());
  return reply::ok();
}

reply tell_under(echo_channel& self, const payload& in) {
  const auto text = [&in](std::string_view name) { return member(in, name).value().get<std::string>(); };
  self.push_to(text("topic"), text("event"), member(in, "payload"));
  return reply::ok();
}

reply slow(echo_channel& self, const payload& in) {
  return self.blocking([time = duration_of(in)] { std::this_thread::sleep_for(time); }, [] { return reply::ok(); });
}

} // namespace

join_result echo_channel::join(const json&) {
  if (subtopic() == "deny")
    return refuse{json{{"reason", "unauthorized"}}};
  if (subtopic() == "joincrash")
    throw std::runtime_error("join crashed, as it was asked to");
  return accept{join_params()};
}

const event_table& echo_channel::handle_in() const {
  using self_type = echo_channel;
  static const events<echo_channel> table = {
    {"echo", [](self_type&, const payload& in) { return reply::ok(in); }},
    {"error", [](self_type&, const payload& in) { return reply::error(in); }},
    {"silent", [](self_type&, const payload&) {}},
    {"push", [](self_type& self, const payload& in) { self.push("pushed", in); }},
    {"shout", [](self_type& self, const payload& in) { self.broadcast("shout", in); }},
    {"whisper", [](self_type& self, const payload& in) { self.broadcast_from("whisper", in); }},
    {"later", answer_later},
    {"stop", [](self_type&, const payload&) { return reply::none().stop(); }},
    {"stop_reply", [](self_type&, const payload& in) { return reply::ok(in).stop(); }},
    {"crash", [](self_type&, const payload&) -> reply { throw std::runtime_error("crash, as asked"); }},
    {"slow", slow},
    {"hang",
     [](self_type&, const payload& in) { std::this_thread::sleep_for(duration_of(in)); }}, // blocks its io unit, too
    {"kick", kick},
    {"publish", publish},
    {"subscribe", follow},
    {"unsubscribe", unfollow},
    {"push_to", tell_under},
  };
  return table;
}

caf::message_handler echo_channel::handle_info() {
  return {[](const later_due& x) { x.answer.ok(x.body); }};
}

namespace {

using after_join = caf::atom_constant<caf::atom("after_join")>;

} // namespace

join_result presence_channel::join(const json&) {
  key_ = join_params().member("key").value().value().get<std::string>();
  meta_ = join_params().member("meta").value_or(payload());
  self()->send(self(), after_join::value);
  return accept{};
}

const event_table& presence_channel::handle_in() const {
  static const events<presence_channel> table = {
    {"update",
     [](presence_channel& self, const payload& meta) {
       self.presence().update(self.key_, meta);
       return reply::ok();
     }},
    {"untrack",
     [](presence_channel& self, const payload&) {
       self.presence().untrack(self.key_);
       return reply::ok();
     }},
    {"list", [](presence_channel& self, const payload&) { return reply::ok(self.presence().list()); }},
  };
  return table;
}

caf::message_handler presence_channel::handle_info() {
  return {[this](after_join) {
    presence().track(key_, meta_);
    push("presence_state", presence().list());
  }};
}

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
