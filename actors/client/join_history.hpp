#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/history/store.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/payload.hpp>

namespace bennu::engine {

class channel_join;

/// The history of its topic, as one join uses it: what the client gets that it missed, and from which message on the
/// live ones are new to it.
///
/// A client may have had messages from another node that come later here. As long as it is ahead, these are held back
/// from it, and it gets positions of its own, because those of the others would say too little.
///
/// Thread safety: none; it belongs to the io unit of its connection.
class join_history {
public:
  /// REQUIRES: the topic of the join has history.
  join_history(channel_join& of, const history& bounds) noexcept : join_(of), bounds_(bounds) {}

  /// The join is accepted: looks up what the client missed. Later messages of the topic are live.
  void begin();

  /// The join has ended. Idempotent.
  void end();

  /// The answer to the join, with the member `history`.
  payload answer(const payload& response);

  /// Passes what the client missed to the join.
  void replay();

  /// What the client gets of a live message: the message itself, or with a position of the client's own, or null when
  /// it has it already.
  broadcast_ptr placed_for_client(const broadcast& x);

  /// Whether `placed_for_client` may return something else than the message.
  bool is_special(const broadcast& x) const noexcept;

  /// How many messages of the topic wait for the channel; those that follow must not overtake them.
  size_t waiting = 0;

private:
  history_store& store() const noexcept;

  channel_join& join_;
  const history& bounds_;
  bool has_begun_ = false;
  bool tells_apart_ = false; ///< the answer had no room for the position
  uint64_t index_ = 0;       ///< the client has, or has had, what this node delivered up to this message
  history_answer found_{};   ///< until `replay`
  std::vector<history_mark> ahead_;
  std::vector<history_mark> read_;    ///< if it is ahead: all that the client has
  history_place::time_point until_{}; ///< then nobody keeps what it has
};

} // namespace bennu::engine
