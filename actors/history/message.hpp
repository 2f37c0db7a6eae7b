#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/cluster/link/link.hpp"
#include "actors/history/place.hpp"
#include "actors/trace/broadcast_trace.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/payload.hpp>

namespace bennu::engine {

/// One message of a log, as it travels between nodes.
struct history_item {
  uint64_t number = 0;
  uint64_t seq = 0;
  uint64_t start = 0;
  std::chrono::milliseconds age{0}; ///< since it was published
  std::string topic{};
  std::string event{};
  payload body{};
  bool is_unreadable = false; ///< this node can make no broadcast of it

  /// Its span on this node; null when it is not traced. It does not travel.
  std::shared_ptr<broadcast_trace> trace{};
};

/// A message that its publisher has just sent: the next of its log.
struct history_next {
  history_item item;
  trace_context cause{}; ///< the span of its publisher; not valid when it is not traced
};

/// How much of each log the sender has.
struct history_have {
  struct log {
    peer who;
    uint64_t applied = 0;
    std::chrono::milliseconds silent{0}; ///< since that node was connected to the sender; 0 if it is
  };
  std::vector<log> logs;
};

/// Asks for the log of a life of a node, after the message with this number.
struct history_want {
  peer who;
  uint64_t applied = 0;
};

/// A part of a log: everything that the sender keeps of it with a number after `from`, up to `to`, and what it knows of
/// the rest.
struct history_part {
  /// A topic whose newest message is within the part and is no longer kept.
  struct skipped {
    std::string topic;
    uint64_t start = 0, last = 0, number = 0;
    std::chrono::milliseconds age{0};
  };
  /// What remains of whole logs that the sender has forgotten, and whose newest message is within the part.
  struct floor {
    size_t index = 0; ///< of the topics
    uint64_t seq = 0; ///< the highest of their last messages
    uint64_t number = 0;
    std::chrono::milliseconds age{0};
  };
  peer who;
  uint64_t from = 0, to = 0;
  uint64_t end = 0; ///< how far the sender's log goes
  std::vector<history_item> items{};
  std::vector<skipped> dropped{};
  std::vector<floor> floors{};
};

using history_message = std::variant<history_next, history_have, history_want, history_part>;

/// Encodes a message of one shard: the number of the shard, the kind, the fields.
void append_history_message(std::string& out, size_t shard, const history_message& x);

/// The same for a `history_next` of a broadcast that has a place.
void append_history_next(std::string& out, size_t shard, const broadcast& x);

/// @returns nothing when it is malformed. Topics and events are UTF-8, and bodies are bytes or one JSON value; an item
/// for which that is not so is unreadable.
std::optional<std::pair<size_t, history_message>> parse_history_message(std::string_view content);

} // namespace bennu::engine
