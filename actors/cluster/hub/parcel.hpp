#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/pubsub/hub_messages.hpp"

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

} // namespace bennu::engine
