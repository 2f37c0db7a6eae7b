#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "actors/presence/entry.hpp"

namespace bennu::engine {

/// A digest of the origin's log. The origin sends it periodically and at the start of each session. A receiver that
/// has less, or something else, asks for more.
struct presence_digest {
  uint64_t seq = 0;
  uint64_t digest = 0;

  friend bool operator==(const presence_digest&, const presence_digest&) = default;
};

/// The next ops of the origin that sends them.
struct presence_ops {
  std::vector<presence_op> ops;

  friend bool operator==(const presence_ops&, const presence_ops&) = default;
};

/// A mirror asks its origin for the ops after `applied`.
struct presence_want {
  uint64_t applied = 0;
  bool whole = false; ///< whether the mirror is broken and needs a snapshot

  friend bool operator==(const presence_want&, const presence_want&) = default;
};

/// One part of a snapshot of the origin that sends it: `index` of `count`.
struct presence_part {
  uint64_t seq = 0;
  uint32_t index = 0;
  uint32_t count = 1;
  std::vector<presence_entry> entries;

  friend bool operator==(const presence_part&, const presence_part&) = default;
};

/// The origin leaves for good. All of its presences leave at once, without the grace time.
struct presence_goodbye {
  friend bool operator==(const presence_goodbye&, const presence_goodbye&) = default;
};

/// The messages between the presences of two nodes. Each node only sends its own log, so that no information is
/// second-hand.
using presence_message = std::variant<presence_digest, presence_ops, presence_want, presence_part, presence_goodbye>;

/// An outgoing message.
struct presence_outgoing {
  std::string to; ///< the name of a node; empty: all connected nodes
  presence_message message;
};

/// Encodes a message of one shard of presence for other nodes: the number of the shard, the kind, the fields.
void append_presence_message(std::string& out, size_t shard, const presence_message& x);

/// @returns nothing when it is malformed.
std::optional<std::pair<size_t, presence_message>> parse_presence_message(std::string_view content);

} // namespace bennu::engine
