#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <bennu/actors/socket.hpp>
#include <bennu/transport/token.hpp>

/// One client's connection, for clients with a token that says which user they are.
///
/// What signs a user in, for example the route of a login form, gives the page `admin_socket::token_for(keys, user_id)`.
/// The page passes it on: `new Socket("/admin", {authToken: token})`. The connection lasts as long as the token. A page
/// that stays open sends a new one as the event `refresh_token` `{"token": string}` on the topic `phoenix`.
class admin_socket : public bennu::socket {
public:
  using token_keys = std::shared_ptr<const bennu::token_keys>;

  explicit admin_socket(token_keys keys) : keys_(std::move(keys)) {}

  /// A token with which the user may connect for a day.
  static std::string token_for(const bennu::token_keys& keys, const std::string& user_id);

  bennu::connect_result connect(const bennu::connect_info& info) override;
  std::optional<bennu::connect_result> refresh(const bennu::json& payload) override;

  /// A broadcast of the event `disconnect` on this topic closes all connections of the user.
  std::string id() const override { return "admin:" + user_id_; }

  const std::string& user_id() const noexcept { return user_id_; }

private:
  bennu::connect_result check(std::string_view token);

  token_keys keys_;
  std::string user_id_;
};
