#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "apps/chat/store.hpp"
#include <bennu/actors/pubsub.hpp>

namespace chat {

/// One stay of one client in a room, from `user_joined` to `user_left`, and what presence shows of it.
///
/// The connection holds it beside the channel: a channel that crashes and is repaired finds its stay, with the status that its user
/// had chosen, and the room notices nothing. When the channel is given up, the last who holds the stay tells that it is over.
/// Thread safety: none; it belongs to its connection's io unit.
class room_visit {
public:
  room_visit(bennu::pubsub& topics, room where, const user& guest);
  ~room_visit();
  room_visit(const room_visit&) = delete;
  room_visit& operator=(const room_visit&) = delete;

  const room place;

  /// `{"name","avatar","joined_at","status"}`.
  nlohmann::json meta;

  /// Whether the others were told that the guest came, and not yet that it left.
  bool announced = false;

private:
  bennu::pubsub& topics_;
  const int64_t guest_;
};

} // namespace chat
