#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "apps/chat/room_visit.hpp"
#include "apps/chat/services.hpp"
#include <bennu/actors/socket.hpp>

namespace chat {

/// One connection of a signed-in user, which lasts no longer than its token. The token is the official client's
/// `authToken`, which no proxy logs, or else the connect param `token`; without a good one: 403. `refresh_token
/// {"token"}` on the topic `phoenix` lets the connection last as long as a newer token of the same user.
class user_socket : public bennu::socket {
public:
  explicit user_socket(services_ptr shared) : shared_(std::move(shared)) {}

  bennu::connect_result connect(const bennu::connect_info& info) override;
  std::optional<bennu::connect_result> refresh(const nlohmann::json& payload) override;
  std::string id() const override { return "user_socket:" + std::to_string(owner_.id); }

  const user& owner() const noexcept { return owner_; }

  /// Stays in rooms, by topic.
  std::map<std::string, std::shared_ptr<room_visit>> visits;

  /// Games that it was let into, by topic.
  std::set<std::string> games;

private:
  services_ptr shared_;
  user owner_;
};

} // namespace chat
