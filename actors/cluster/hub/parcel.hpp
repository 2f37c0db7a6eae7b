#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bennu::engine {

/// The kind of a parcel. The numbers are part of the wire format and never change their meaning.
enum class parcel_kind : uint8_t {
  broadcast = 1, ///< see `broadcast_codec.hpp`
  presence = 2,  ///< see `presence/message_codec.hpp`
  call = 3,      ///< a question; for this and the next two see `call_codec.hpp`
  answer = 4,    ///< the answer to a question
  receipt = 5,   ///< the fate of an answer
};

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
