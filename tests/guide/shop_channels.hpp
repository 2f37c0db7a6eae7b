#pragma once

#include <string>
#include <vector>

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

  bennu::join_result join(const bennu::json&) override {
    if (subtopic() == "office")
      return bennu::refuse{{{"reason", "unauthorized"}}};
    return bennu::accept{{{"room_id", subtopic()}}};
  }

  const bennu::event_table& handle_in() const override {
    static const bennu::events<room_channel> table = {
      {"new_message", [](room_channel& self, const bennu::json& in) { return self.new_message(in.at("body")); }},
      {"typing",
       [](room_channel& self, const bennu::json&) {
         self.broadcast_from("typing", {{"user", self.socket_as<user_socket>().user}});
       }},
      {"search",
       [](room_channel& self, const bennu::json&) {
         return self.blocking(
           [] { // as a slow database would
             return std::vector<std::string>{"green tea", "black tea"};
           },
           [](const std::vector<std::string>& found) {
             return bennu::reply::ok({{"found", found}});
           });
       }},
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
