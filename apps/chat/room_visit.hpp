#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "apps/chat/store.hpp"
#include <bennu/actors/pubsub.hpp>

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

} // namespace chat
