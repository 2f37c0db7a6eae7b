#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/pubsub/hub_messages.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// One message from node to node. A block on a link is a sequence of parcels, each with kind, version, size and
/// content.
///
/// A node skips kinds and versions that it does not know, so that nodes of two releases work together during a
/// rolling upgrade.
struct parcel {
  parcel_kind kind{};
  uint8_t version = 1;
  std::string_view content;
};

void append_parcel(std::string& block, const parcel& x);

/// Removes the first parcel from `block`.
/// @returns nothing when there is no complete parcel. `block` is then empty at the regular end, and not empty when it
/// is malformed.
std::optional<parcel> take_parcel(std::string_view& block);

/// A broadcast as it travels to other nodes: its number, topic, event, whether the payload is binary, its bytes; then
/// its trace context, if it is traced.
///
/// The number counts the broadcasts of its node to all nodes; a broadcast for one node has the number 0.
void append_broadcast(std::string& out, uint64_t number, const broadcast& x);

struct numbered_broadcast {
  uint64_t number = 0;
  caf::intrusive_ptr<broadcast> message;
  trace_context cause{}; ///< the span of its publisher; not valid when it is not traced
};

/// @returns nothing unless it is a broadcast: its topic and event must be UTF-8, and its body bytes or one JSON value.
/// So a message of another node cannot fail later, in an actor that others depend on.
std::optional<numbered_broadcast> parse_broadcast(std::string_view content);

} // namespace bennu::engine
