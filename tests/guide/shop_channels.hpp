#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>

/// The channels that the guide "Testing" tests.

struct user_socket : bennu::socket {
  bennu::connect_result connect(const bennu::connect_info& info) override {
    user = info.param("token"); // a real one verifies it: see token_keys
    if (user.empty())
      return bennu::connect_refused{403, "no token"};
    return bennu::connected{};
  }
  std::string id() const override { return "user_socket:" + user; }

  std::string user;
};

/// Topic `room:ID`.
class room_channel : public bennu::channel {
public:
  using channel::channel;

  bennu::join_result join(const bennu::json&) override { return bennu::accept{{{"room_id", subtopic()}}}; }

  const bennu::event_table& handle_in() const override {
    static const bennu::events<room_channel> table = {
      {"new_message", [](room_channel& self, const bennu::json& in) { return self.new_message(in.at("body")); }},
      {"remind_me", [](room_channel& self, const bennu::json&) { self.remind(); }},
    };
    return table;
  }

  caf::message_handler handle_info() override {
    return {[this](int minutes) { push("reminder", {{"after_minutes", minutes}}); }};
  }

private:
  bennu::reply new_message(const std::string& body) {
    if (body.empty())
      return bennu::reply::error({{"errors", {{"body", {"can't be blank"}}}}});
    const auto id = ++last_id_;
    broadcast("new_message", {{"id", id}, {"body", body}, {"user", socket_as<user_socket>().user}});
    return bennu::reply::ok({{"id", id}});
  }

  void remind() { self()->delayed_send(self(), std::chrono::minutes{10}, 10); }

  int last_id_ = 0;
};
