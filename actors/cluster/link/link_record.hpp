#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <caf/io/scribe.hpp>

#include "actors/cluster/link/link.hpp"
#include "actors/cluster/link/link_queue.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/actors/link_options.hpp>

namespace bennu::engine {

/// A connection to a node that has proved who it is, on its way to CAF's distributed messaging.
struct link_connection {
  uint64_t id = 0;
  peer who;
  bool dialled = false;       ///< by this side
  uint8_t protocol = 0;       ///< the highest version that both sides speak
  std::string address;        ///< of the other side, without the port
  caf::io::scribe_ptr scribe; ///< the link takes it; whoever destroys it calls `links::gone`
  std::function<void()> shut; ///< cuts it at the socket; any thread, any number of times
};

using link_connection_ptr = std::shared_ptr<link_connection>;

/// A message to the membership: a session began or ended.
struct link_changed {
  using local_message = void;
  peer who;
  bool is_up = false;
  std::string address; ///< of the connection, while it is up
};

/// A message to the membership from that of a peer.
struct link_news {
  using local_message = void;
  std::string from;
  std::string address; ///< of the connection that it came by
  std::string text;
};

struct link_record;

/// The part of `links` that a link actor uses.
///
/// Thread safety: any thread.
class link_host {
public:
  virtual ~link_host() = default;

  virtual caf::actor_system& system() noexcept = 0;
  virtual const peer& self() const noexcept = 0;
  virtual const link_options& options() const noexcept = 0;

  /// The names that this node shares; null when it shares none.
  virtual shared_names* names() noexcept = 0;

  /// The number of the next session: ascending, and never again in this life of the node.
  virtual uint64_t next_session() noexcept = 0;

  /// Whether the hub has more waiting messages than `link_options::max_hub_depth`.
  virtual bool is_hub_behind() const = 0;

  // -- what happened, in this order for each session ----------------------------

  virtual void session_began(link_record& record, const link_up& event, const link_connection* by) = 0;
  virtual void received(link_received&& event) = 0;
  virtual void session_ended(link_record& record, const link_down& event, link_load lost) = 0;

  virtual void heard_news(link_news news) = 0;

  /// The actor ends because its node is forgotten, and its record goes with it.
  virtual void erase(const std::shared_ptr<link_record>& record) = 0;
};

/// The state that is kept for a peer from its first connection on. It survives restarts of the link actor.
struct link_record {
  link_record(std::string peer_name, size_t cap) : name(std::move(peer_name)), queue(cap) {}

  link_state state();

  const std::string name;

  std::mutex mutex; // guards all members below
  link_queue queue;
  size_t in_flight = 0; // bytes
  bool is_connected = false;
  bool is_open = false;        // there is a session
  bool is_woken = false;       // the actor has been told that blocks wait
  bool is_starting = false;    // the supervisor has been asked to start the actor
  caf::actor actor;            // null while there is none
  link_connection_ptr waiting; // arrived before the actor had started
  uint64_t sessions = 0;       // from here on: counters since the start, see link_state
  uint64_t lost = 0;
  uint64_t refused = 0;
  uint64_t sent_bytes = 0;
  uint64_t received_bytes = 0;
  std::chrono::microseconds round_trip{0};

  // The session that the hub knows. Guarded by the mutex of the hub in `links`.
  std::optional<link_up> live;
  std::string address;
};

} // namespace bennu::engine
