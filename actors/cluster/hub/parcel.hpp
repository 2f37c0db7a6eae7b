#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bennu::engine {

/// What a parcel is about. The numbers are the wire's: they never change their meaning.
enum class parcel_kind : uint8_t {
  broadcast = 1, ///< see `broadcast_codec.hpp`
  presence = 2,  ///< see `presence/message_codec.hpp`
  call = 3,      ///< a question; this and the next two: see `call_codec.hpp`
  answer = 4,    ///< its answer
  receipt = 5,   ///< what became of the answer
};

/// One thing that a node tells another. A block on a link is parcels one after another: kind, version, size, content.
///
/// A node skips kinds and versions that it does not know, so that nodes of two releases can meet: a rolling upgrade is a cluster.
struct parcel {
  parcel_kind kind{};
  uint8_t version = 1;
  std::string_view content;
};

void append_parcel(std::string& block, const parcel& x);

/// Takes the first parcel off `block`. @returns nothing when there is no whole one: at the end, `block` is empty; a broken block is not.
std::optional<parcel> take_parcel(std::string_view& block);

} // namespace bennu::engine
