#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>

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
/// When this node learns that it has missed messages which nobody keeps, the join ends with `phx_error`. The client
/// joins again, and is told that it has not recovered.
///
/// Thread safety: none; it belongs to the io unit of its connection.
class join_history {
public:
  /// REQUIRES: the topic of the join has history.
  join_history(channel_join& of, const history& bounds) noexcept : join_(of), bounds_(bounds) {}

  /// Whether the client has a position that this node cannot honour yet, because it has just started. Then the actor
  /// gets a `history_caught_up`.
  bool waits_for_histories(const caf::actor& tell) const;

  /// The join is accepted: looks up what the client missed. Later messages of the topic are live.
  void begin();

  /// The join has ended. Idempotent.
  void end();

  /// The answer to the join, with the member `history`.
  payload answer(const payload& response);

  /// Passes what the client missed to the join.
  void replay();

  /// What the client gets of a live message: the message itself, or with a position of the client's own, or null when
  /// it has it already, or when it has to join again.
  broadcast_ptr placed_for_client(const broadcast& x);

  /// Whether the client gets all that it missed; false before `begin`.
  bool is_recovered() const noexcept { return follows_; }

  /// Whether `placed_for_client` may return something else than the message.
  bool is_special(const broadcast& x) const noexcept;

  /// The client has missed something. Nothing more is passed to it; its channel has to end.
  bool is_broken() const noexcept { return is_broken_; }

  /// How many messages of the topic wait for the channel; those that follow must not overtake them.
  size_t waiting = 0;

private:
  history_store& store() const noexcept;
  bool concerns_client(const broadcast& gap) const noexcept;
  void refused(history_refusal why);
  std::string position_now(const std::string& topic);

  channel_join& join_;
  const history& bounds_;
  bool is_reader_ = false; ///< the store counts it
  bool is_broken_ = false;
  bool follows_ = false;     ///< the client has recovered: it follows all publishers from before the join
  bool tells_apart_ = false; ///< the answer had no room for the position
  uint64_t index_ = 0;       ///< the client has, or has had, what this node delivered up to this message
  uint64_t gap_ = 0;         ///< the client already knows of the gaps up to this number
  history_answer found_{};   ///< until `replay`
  std::vector<history_mark> ahead_;
  std::vector<history_mark> read_;   ///< if it is ahead: all that the client has
  std::vector<history_mark> others_; ///< if it is ahead: see `write_position`
  uint64_t until_ = 0;               ///< the beat of the store at which nobody keeps any more what it has
};

} // namespace bennu::engine
