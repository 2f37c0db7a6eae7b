#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "apps/chat/room_visit.hpp"
#include "apps/chat/services.hpp"
#include <bennu/actors/socket.hpp>

namespace chat {

/// One connection of a signed-in user. Connect param `token`; without a good one: 403.
class user_socket : public bennu::socket {
public:
  explicit user_socket(services_ptr shared) : shared_(std::move(shared)) {}

  bennu::connect_result connect(const bennu::connect_info& info) override;
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
