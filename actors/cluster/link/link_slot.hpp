#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <caf/actor.hpp>

#include "actors/cluster/link/link_connection.hpp"
#include "actors/cluster/link/link_queue.hpp"

namespace bennu::engine {

/// The state that is kept for a peer from its first connection on. It survives restarts of the link actor.
struct link_slot {
  link_slot(std::string peer_name, std::size_t cap) : name(std::move(peer_name)), queue(cap) {}

  link_state state();

  const std::string name;

  std::mutex mutex; // guards all members below
  link_queue queue;
  std::size_t in_flight = 0; // bytes
  bool is_connected = false;
  bool is_open = false;        // there is a session
  bool is_woken = false;       // the actor has been told that blocks wait
  bool is_starting = false;    // the supervisor has been asked to start the actor
  caf::actor actor;            // null while there is none
  link_connection_ptr waiting; // arrived before the actor had started
  std::uint64_t sessions = 0;  // from here on: counters since the start, see link_state
  std::uint64_t lost = 0;
  std::uint64_t refused = 0;

  // The session that the hub knows. Guarded by the mutex of the hub in `links`.
  std::optional<link_up> live;
  std::string address;
};

} // namespace bennu::engine
