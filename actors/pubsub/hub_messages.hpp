#pragma once

#include <cstdint>
#include <string>

#include <caf/actor.hpp>

#include "supervision/process/local_message.hpp"
#include <bennu/actors/broadcast.hpp>

namespace bennu::engine {

/// The kind of a parcel. The numbers are part of the wire format and never change their meaning.
enum class parcel_kind : uint8_t {
  broadcast = 1, ///< see `cluster/hub/parcel.hpp`
  presence = 2,  ///< see `presence/message.hpp`
  call = 3,      ///< a question; for this and the next two see `cluster/calls/call_table.hpp`
  answer = 4,    ///< the answer to a question
  receipt = 5,   ///< the fate of an answer
  history = 6,   ///< see `history/message.hpp`
};

/// A parcel for one node, or for all that are connected.
struct hub_send {
  using local_message = void;
  std::string to; ///< empty: all
  parcel_kind kind{};
  std::string content;
};

/// A message to the hub: a broadcast for one node.
struct hub_direct {
  using local_message = void;
  std::string to;
  broadcast_ptr message;
};

/// Subscribes `who` to the nodes: it gets a `link_up` of each that is connected now, then every `link_up` and
/// `link_down`.
struct hub_attend {
  using local_message = void;
  caf::actor who;
};

} // namespace bennu::engine
