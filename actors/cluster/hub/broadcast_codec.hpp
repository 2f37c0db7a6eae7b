#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <bennu/actors/broadcast.hpp>

namespace bennu::engine {

/// A broadcast as it travels to other nodes: its number, topic, event, whether the payload is binary, its bytes.
///
/// The number counts what its node said to all; 0 is that of a broadcast for one node.
void append_broadcast(std::string& out, uint64_t number, const broadcast& x);

struct numbered_broadcast {
  uint64_t number = 0;
  broadcast_ptr message;
};

/// @returns nothing for what is no broadcast: its topic and event are UTF-8, and its body is bytes or one JSON value.
///          So nothing that another node says can fail later, in an actor that all share.
std::optional<numbered_broadcast> parse_broadcast(std::string_view content);

} // namespace bennu::engine
