#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bennu::engine {

class connection;

/// A join of a client, as an operator sees it. A plain value.
struct join_view {
  std::string topic;
  std::string channel;  ///< the name of the channel's class
  std::string state;    ///< `to_string(join_phase)`
  uint64_t actor = 0;   ///< 0: there is none at the moment
  uint32_t mailbox = 0; ///< messages that wait for the actor
  size_t waiting = 0;   ///< of the client's messages, those that wait for the channel
  size_t owed = 0;      ///< replies that the channel gives later
  size_t memory = 0;    ///< what it holds, as far as it tells, and what waits for it, in bytes
};

// REQUIRES, for both: the caller runs on the thread of the connection's io unit.

/// The first joins of a client.
std::vector<join_view> joins_of(const connection& x, size_t most);

/// Whether the topic of a join contains a text, whatever the case of ASCII letters.
bool joins_topic_like(const connection& x, std::string_view text) noexcept;

} // namespace bennu::engine
