#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/transport/token.hpp>

#include "tests/guide/article_app.hpp"

/// The channels of the article, in C++.
namespace article {

using bennu::json;

class user_socket : public bennu::socket {
public:
  user_socket(const bennu::token_keys& keys, const repo& all) : keys_(keys), all_(all) {}

  bennu::connect_result connect(const bennu::connect_info& info) override {
    const auto checked = keys_.verify("user socket", info.param("token"));
    const auto* id = std::get_if<std::string>(&checked);
    if (!id)
      return bennu::connect_refused{};
    current_user = all_.users.at(std::stoi(*id));
    return bennu::connected{};
  }

  std::string id() const override { return "user_socket:" + std::to_string(current_user.id); }

  user current_user; // an assign

private:
  const bennu::token_keys& keys_;
  const repo& all_;
};

struct after_join {};

} // namespace article

BENNU_MESSAGE(article::after_join)

namespace article {

class room_channel : public bennu::channel_of<room_channel> {
public:
  room_channel(bennu::channel_context context, repo& all, user_limits& limits)
    : channel_of(context), repo_(all), limits_(limits) {}

  bennu::join_result join(const json&) override {
    if (subtopic() == "lobby") {
      caf::anon_send(self(), after_join{});
      return bennu::accept{};
    }
    blocking([&rooms = repo_, id = room_id()] { return rooms.find_room(id); },
             [this](const std::optional<room>& found) { decide(found); });
    return bennu::defer_join{};
  }

  static bennu::events<room_channel> events_in() {
    return {
      {"new_message", [](room_channel& self, const json& in) { return self.new_message(in.at("body")); }},
      {"typing",
       [](room_channel& self, const json& in) {
         self.broadcast_from("user_typing", {{"user_id", self.me().id}, {"typing", in.at("typing")}});
       }},
      {"update_status",
       [](room_channel& self, const json& in) {
         self.presence().update(std::to_string(self.me().id), [&in](json meta) {
           meta["status"] = in.at("status");
           return meta;
         });
       }},
    };
  }

  caf::message_handler handle_info() override {
    return {
      [this](after_join) { arrive(); },
    };
  }

  void terminate(const caf::error&) override { broadcast_from("user_left", {{"user_id", me().id}}); }

private:
  void decide(const std::optional<room>& found) {
    if (!found)
      return decide_join(bennu::refuse{{{"reason", "room not found"}}});
    if (!can_access(*found))
      return decide_join(bennu::refuse{{{"reason", "unauthorized"}}});
    decide_join(bennu::accept{});
    caf::anon_send(self(), after_join{});
  }

  void arrive() {
    auto messages = json::array();
    for (const auto& x : repo_.recent(room_id()))
      messages.push_back(to_json(x));
    push("recent_messages", {{"messages", messages}});
    broadcast_from("user_joined", {{"user", {{"id", me().id}, {"name", me().name}}}});
    presence().track(std::to_string(me().id),
                     {{"name", me().name}, {"avatar", me().avatar}, {"joined_at", now().count() / 1000}});
    push("presence_state", presence().list());
  }

  bennu::reply new_message(const std::string& body) {
    if (!limits_.take(me().id, self()->clock().now()))
      return bennu::reply::error({{"reason", "rate_limited"}});
    if (body.size() > 1000)
      return bennu::reply::error({{"reason", "message_too_long"}});
    const auto text = content_filter::sanitize(body);
    if (const auto why = content_filter::refusal(text))
      return bennu::reply::error({{"reason", *why}});
    const auto stored = repo_.insert(room_id(), me(), text);
    if (!stored)
      return bennu::reply::error({{"errors", {{"body", {"can't be blank"}}}}});
    broadcast("new_message", to_json(*stored));
    return bennu::reply::ok({{"id", stored->id}});
  }

  static json to_json(const message& x) {
    return {{"id", x.id},
            {"body", x.body},
            {"user", {{"id", x.author.id}, {"name", x.author.name}}},
            {"timestamp", x.inserted_at.count()}};
  }

  bool can_access(const room& x) const {
    return x.members.empty() || std::ranges::find(x.members, me().id) != x.members.end();
  }

  const user& me() const { return socket_as<user_socket>().current_user; }
  std::string room_id() const { return std::string{subtopic()}; }

  repo& repo_;
  user_limits& limits_;
};

class user_channel : public bennu::channel_of<user_channel> {
public:
  using channel_of::channel_of;

  bennu::join_result join(const json&) override {
    if (subtopic() != std::to_string(socket_as<user_socket>().current_user.id))
      return bennu::refuse{{{"reason", "unauthorized"}}};
    return bennu::accept{};
  }

  static bennu::events<user_channel> events_in() {
    return {{"mark_notifications_read", [](user_channel& self, const json& in) {
               for (int id : in.at("ids"))
                 self.read_.push_back(id);
               return bennu::reply::ok();
             }}};
  }

private:
  std::vector<int> read_;
};

/// Broadcasts of any node reach the clients of all nodes.
class game_channel : public bennu::channel_of<game_channel> {
public:
  using channel_of::channel_of;

  bennu::join_result join(const json&) override { return bennu::accept{}; }

  static bennu::events<game_channel> events_out() {
    return {{"game_update", [](game_channel& self, const json& state) { self.push("game_state", state); }}};
  }
};

inline void broadcast_game_state(bennu::pubsub& topics, const std::string& game_id, const json& state) {
  topics.broadcast("game:" + game_id, "game_update", state);
}

inline void subscribe_to_game(bennu::pubsub& topics, const std::string& game_id, const caf::actor& who) {
  topics.subscribe("game:" + game_id, who);
}

inline bennu::endpoint my_app(const bennu::token_keys& keys, repo& store, user_limits& limits) {
  return bennu::endpoint{"/socket"}
    .serve<user_socket>({.longpoll = false}, std::cref(keys), std::cref(store))
    .channel<room_channel>("room:*", {}, std::ref(store), std::ref(limits))
    .channel<user_channel>("user:*")
    .channel<game_channel>("game:*");
}

} // namespace article
