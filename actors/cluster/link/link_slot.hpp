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

/// What is kept for a peer from its first connection on, whatever its link actor does.
struct link_slot {
  link_slot(std::string peer_name, std::size_t cap) : name(std::move(peer_name)), queue(cap) {}

  link_state state();

  const std::string name;

  std::mutex mutex; // guards what follows
  link_queue queue;
  std::size_t in_flight = 0; // bytes
  bool is_connected = false;
  bool is_open = false;        // there is a session
  bool is_woken = false;       // the actor was told that something waits
  bool is_starting = false;    // the supervisor was asked for the actor
  caf::actor actor;            // null while there is none
  link_connection_ptr waiting; // came before the actor did
  std::uint64_t sessions = 0;  // this and what follows: since the start, see link_state
  std::uint64_t lost = 0;
  std::uint64_t refused = 0;

  // Guarded by the hub's mutex in `links`: the session that the hub knows.
  std::optional<link_up> live;
  std::string address;
};

} // namespace bennu::engine
