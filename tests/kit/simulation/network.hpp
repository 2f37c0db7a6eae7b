#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>

#include "actors/cluster/link/link.hpp"

namespace bennu::engine {

/// What the wires between simulated nodes may do to the blocks.
struct simulated_network_options {
  /// How long a block is in flight: any time between these two.
  std::chrono::microseconds min_latency{50};
  std::chrono::microseconds max_latency{20'000};

  /// How much later than the other a side may notice that the link is cut.
  std::chrono::milliseconds max_notice{4'000};

  /// How many bytes may wait on one wire; above it `send` refuses. Like the cap of the real `cluster_link`, but small
  /// enough for tests to reach it.
  size_t max_queued = size_t{1} << 20;
};

/// A message from an actor of one node to one of another.
struct simulated_message {
  peer who; ///< the sender's node
  uint64_t session = 0;
  caf::weak_actor_ptr sender;
  caf::weak_actor_ptr receiver;
  caf::message_id id;
  caf::message content;
};

/// The content of a `names_message`.
struct simulated_names {
  struct entry {
    std::string name;
    caf::weak_actor_ptr who;
    bool is_taken = false;
    uint64_t since = 0;
  };

  peer who;
  uint64_t session = 0;
  bool whole = false;
  std::vector<entry> entries;
};

/// An actor that has a proxy has ended.
struct simulated_end {
  peer who;
  uint64_t session = 0;
  caf::actor_id actor = 0;
  caf::error reason;
};

/// The links between simulated nodes: their sessions, and the blocks in flight. It keeps the contract of
/// `cluster_link` and promises nothing more: a cut ends a session at a random block, and the two sides notice it at
/// different times.
///
/// A plain value in virtual time. One source of randomness drives it. Thread safety: none.
class simulated_network {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using event = std::variant<link_up, link_down, link_received, simulated_message, simulated_names, simulated_end>;

  simulated_network(std::mt19937_64& chance, const simulated_network_options& options)
    : chance_(chance), options_(options) {}

  // -- what a test does -------------------------------------------------------

  /// A node starts with this name and life. Its links come up.
  void add(const peer& who, time_point now);

  /// The node disappears. The others notice it after a while.
  void remove(const std::string& name, time_point now);

  /// Cuts the link between the two nodes until `heal`.
  void cut(const std::string& a, const std::string& b, time_point now);
  void heal(const std::string& a, const std::string& b, time_point now);

  /// Heals every link, also those of nodes that are gone: they come up when the node starts again.
  void heal_all(time_point now);

  /// Ends the session and begins a new one, like a connection that was reset.
  void reset(const std::string& a, const std::string& b, time_point now);

  /// Delays everything from `from` to `to` until then. The session stays; blocks that are sent wait.
  void stall(const std::string& from, const std::string& to, time_point until);

  /// From now on blocks from `from` to `to` take so much longer.
  void slow(const std::string& from, const std::string& to, std::chrono::microseconds latency);

  /// Until then the link refuses the blocks from `from` to `to`, as it does when too much waits. What CAF transports,
  /// messages between actors and global names, is never refused.
  void lose(const std::string& from, const std::string& to, time_point until);

  /// Delays everything to `to` until then, since the node does nothing. Its next life does not have this delay.
  void pause(const std::string& to, time_point until);

  /// Ends every stall, latency, refusal and pause: what they delay arrives soon.
  void end_delays(time_point now);

  bool connected(const std::string& a, const std::string& b) const;

  // -- what the link of a node does -------------------------------------------

  bool send(const std::string& from, const std::string& to, link_block bytes, time_point now);

  /// Sends a message beside the blocks of a session and fills in its `who` and `session`. It is lost without a session.
  template <class Event>
  void carry(const std::string& from, const std::string& to, Event what, time_point now) {
    if (const auto session = session_of(from, to)) {
      what.who = nodes_[from];
      what.session = session;
      push(wires_[{from, to}], now, options_.max_latency, std::move(what));
    }
  }

  size_t queued(const std::string& from, const std::string& to) const;

  /// The sessions that the node `name` knows.
  std::vector<link_up> sessions(const std::string& name) const;

  // -- what happens next ------------------------------------------------------

  /// When the next event is due.
  std::optional<time_point> next_due() const;

  /// Takes one of the events that are due, at random.
  /// @returns the event and its receiver.
  std::optional<std::pair<std::string, event>> take_due(time_point now);

  /// The number of blocks that never arrived because their session had ended.
  uint64_t lost_blocks() const noexcept { return lost_blocks_; }

private:
  struct item {
    time_point due;
    event what;
  };

  // One direction of a link.
  struct wire {
    std::deque<item> items; // in the order of their due times
    size_t bytes = 0;
    time_point stalled_until;
    time_point paused_until;
    time_point refused_until;
    std::chrono::microseconds extra{0}; // latency beyond the usual
    std::optional<link_up> session;     // the session that the receiving side knows
  };

  struct pair_state {
    bool wanted = true;   // false while the test has cut the link
    uint64_t session = 0; // 0: there is none
  };

  using wire_name = std::pair<std::string, std::string>; // from, to

  static wire_name sorted(const std::string& a, const std::string& b) {
    return a < b ? wire_name{a, b} : wire_name{b, a};
  }
  uint64_t session_of(const std::string& from, const std::string& to);
  void begin(const std::string& a, const std::string& b, time_point now);
  void end(const std::string& a, const std::string& b, time_point now, const char* why);
  void push(wire& on, time_point now, std::chrono::microseconds at_most, event what);
  std::chrono::microseconds latency(std::chrono::microseconds at_most);

  std::mt19937_64& chance_;
  simulated_network_options options_;
  uint64_t last_session_ = 0;
  uint64_t lost_blocks_ = 0;
  std::map<std::string, peer> nodes_;
  std::map<wire_name, pair_state> pairs_;
  std::map<wire_name, wire> wires_;
};

} // namespace bennu::engine
