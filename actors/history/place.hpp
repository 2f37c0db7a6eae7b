#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <caf/intrusive_ptr.hpp>

#include "actors/history/position.hpp"
#include "actors/wire/frame.hpp"

namespace bennu {
class broadcast;
} // namespace bennu

namespace bennu::engine {

/// The place of a broadcast in the history of its topic.
///
/// Each life of a node has one log of all that it published (of one shard), and within it one log for each topic. Every
/// node brings the logs of a topic into an order of its own, in which it delivers them.
struct history_place {
  using time_point = std::chrono::steady_clock::time_point;

  life_id life = 0;       ///< the publisher
  uint64_t number = 0;    ///< in the publisher's log of all topics: 1, 2, 3 ...
  uint64_t seq = 0;       ///< in the publisher's log of this topic, without gaps
  uint64_t start = 0;     ///< the seq before the first of that log
  uint64_t index = 0;     ///< in this node's order of the topic, ascending
  uint64_t sender = 0;    ///< the connection that must not receive it, or 0
  bool is_old = false;    ///< from before this node started: for clients alone that follow its log already
  uint64_t gap = 0;       ///< not 0: no message. Those of the publisher up to `seq` may have been lost; see `gap_in`
  time_point when{};      ///< when it was published, in the time of this node
  std::string position{}; ///< after it, in this node's order

  /// The same message for clients that have read more than `position` says, with other positions.
  mutable std::mutex mutex{};
  mutable std::vector<caf::intrusive_ptr<const broadcast>> variants{};

  /// The frame of an event `position`, for clients of v2 whose frame of the broadcast cannot hold a ref.
  mutable std::once_flag once{};
  mutable frame_ptr follow_up{};
};

} // namespace bennu::engine
