#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "apps/chat/services.hpp"
#include "apps/chat/store.hpp"
#include <bennu/actors/pubsub.hpp>
#include <bennu/actors/socket.hpp>

namespace chat {

/// One visit of a client to a room, from `user_joined` to `user_left`, and its data in presence.
///
/// The connection and the channel share it. A channel that crashes and restarts finds its visit, with the status that
/// the user had chosen, and the room notices nothing. When the channel is given up, the last owner of the visit
/// announces its end.
/// Thread safety: none; it belongs to the io unit of its connection.
class room_visit {
public:
  room_visit(bennu::pubsub& topics, room where, const user& guest);
  ~room_visit();
  room_visit(const room_visit&) = delete;
  room_visit& operator=(const room_visit&) = delete;

  const room place;

  /// `{"name","avatar","joined_at","status"}`.
  nlohmann::json meta;

  /// Whether the others have been told that the guest entered, and not yet that it left.
  bool announced = false;

private:
  bennu::pubsub& topics_;
  const int64_t guest_;
};

/// One connection of a signed-in user, which lasts no longer than its token. The token is the official client's
/// `authToken`, which no proxy logs, or else the connect param `token`. Without a valid token the answer is 403.
/// `refresh_token {"token"}` on the topic `phoenix` lets the connection last as long as a newer token of the same user.
class user_socket : public bennu::socket {
public:
  explicit user_socket(services_ptr shared) : shared_(std::move(shared)) {}

  bennu::connect_result connect(const bennu::connect_info& info) override;
  std::optional<bennu::connect_result> refresh(const nlohmann::json& payload) override;
  std::string id() const override { return "user_socket:" + std::to_string(owner_.id); }

  const user& owner() const noexcept { return owner_; }

  /// The user's visits to rooms, by topic.
  std::map<std::string, std::shared_ptr<room_visit>> visits;

  /// The topics of the games to which the user was admitted.
  std::set<std::string> games;

private:
  services_ptr shared_;
  user owner_;
};

} // namespace chat
