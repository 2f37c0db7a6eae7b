#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "actors/presence/entry.hpp"

namespace bennu::engine {

/// What its own log holds, said by the origin from time to time and at each new session. Whoever has less, or something else, wants
/// more.
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

/// A mirror asks its origin for what follows `applied`.
struct presence_want {
  uint64_t applied = 0;
  bool whole = false; ///< the mirror is of no use: a snapshot, please

  friend bool operator==(const presence_want&, const presence_want&) = default;
};

/// One piece of a snapshot of the origin that sends it, `index` of `count`.
struct presence_part {
  uint64_t seq = 0;
  uint32_t index = 0;
  uint32_t count = 1;
  std::vector<presence_entry> entries;

  friend bool operator==(const presence_part&, const presence_part&) = default;
};

/// The origin is leaving for good: all that it has leaves at once, without the grace time.
struct presence_goodbye {
  friend bool operator==(const presence_goodbye&, const presence_goodbye&) = default;
};

/// What the presences of two nodes say to each other. Each node speaks of its own log alone, so that no news is second-hand.
using presence_message = std::variant<presence_digest, presence_ops, presence_want, presence_part, presence_goodbye>;

/// A message on its way out.
struct presence_outgoing {
  std::string to; ///< the name of a node; empty: all that are connected
  presence_message message;
};

} // namespace bennu::engine
