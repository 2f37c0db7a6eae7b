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

#include "actors/cluster/link/link.hpp"

namespace bennu::engine {

/// What the wires between simulated nodes may do to what they carry.
struct simulated_network_options {
  /// How long a block is under way: anything between these two.
  std::chrono::microseconds min_latency{50};
  std::chrono::microseconds max_latency{20'000};

  /// How much later than the other a side may notice that the link is cut.
  std::chrono::milliseconds max_notice{4'000};

  /// What may wait on one wire; beyond it `send` refuses. As `cluster_link`'s production cap, but small, so that tests reach it.
  size_t max_queued = size_t{1} << 20;
};

/// The links between simulated nodes: sessions, and blocks that are under way. Keeps the contract of `cluster_link`, and nothing more:
/// a cut ends a session at a random block, and each side notices at another time.
///
/// A plain value in virtual time, driven by one source of chance; not thread-safe.
class simulated_network {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using event = std::variant<link_up, link_down, link_received>;

  simulated_network(std::mt19937_64& chance, const simulated_network_options& options)
    : chance_(chance), options_(options) {}

  // -- what a test does to it -------------------------------------------------

  /// A node of this name is there, in this life. Its links come up.
  void add(const peer& who, time_point now);

  /// The node is gone: the others notice by and by.
  void remove(const std::string& name, time_point now);

  /// No link between the two until `heal`.
  void cut(const std::string& a, const std::string& b, time_point now);
  void heal(const std::string& a, const std::string& b, time_point now);

  /// The session ends, and a new one begins: a connection that was reset.
  void reset(const std::string& a, const std::string& b, time_point now);

  /// Nothing leaves `from` for `to` until then; the session stays, and what is sent waits.
  void stall(const std::string& from, const std::string& to, time_point until);

  bool connected(const std::string& a, const std::string& b) const;

  // -- what a node's link does ------------------------------------------------

  bool send(const std::string& from, const std::string& to, link_bytes bytes, time_point now);
  size_t queued(const std::string& from, const std::string& to) const;

  /// The sessions that `name` knows of.
  std::vector<link_up> sessions(const std::string& name) const;

  // -- what happens -----------------------------------------------------------

  /// When the next event is due.
  std::optional<time_point> next_due() const;

  /// Takes one event that is due; which one, chance decides. @returns whom it is for, and what it is.
  std::optional<std::pair<std::string, event>> take_due(time_point now);

  /// Bytes that never arrived because their session ended.
  uint64_t lost_blocks() const noexcept { return lost_blocks_; }

private:
  struct item {
    time_point due;
    event what;
  };

  // One direction.
  struct wire {
    std::deque<item> items; // ascending due
    size_t bytes = 0;
    time_point not_before;
    std::optional<link_up> session; // what the receiving side knows
  };

  struct pair_state {
    bool wanted = true;   // not cut by the test
    uint64_t session = 0; // 0: none
  };

  using wire_name = std::pair<std::string, std::string>; // from, to

  static wire_name sorted(const std::string& a, const std::string& b) {
    return a < b ? wire_name{a, b} : wire_name{b, a};
  }
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
