#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "transport/cluster/greeting.hpp"

namespace bennu::engine {

/// Decides to which nodes this node is connected, and which connections it accepts.
///
/// Two nodes keep one connection. When both dial at the same time, both connections pass through here on both sides,
/// and the node whose name sorts first (`leads`) accepts them one after the other, so that both sides keep the same
/// one. A connection that only one side still has is replaced, because the other side says that it has none.
///
/// A plain value. Thread safety: none.
class cluster_admission {
public:
  cluster_admission(peer self, std::string application)
    : self_(std::move(self)), application_(std::move(application)) {}

  greeting hello() const { return {.who = self_, .application = application_}; }

  /// Whether the other side is this node itself.
  bool is_self(const greeting& hello) const { return hello.who == self_; }

  bool leads(const std::string& peer_name) const { return self_.name < peer_name; }

  /// @returns the reason why the other node is refused, or nothing.
  std::optional<std::string> refusal(const greeting& hello) const;

  /// The part of that reason that may change while the nodes choose a connection: whether another life or node of this
  /// name is connected.
  std::optional<std::string> refusal(const peer& who) const;

  /// Begins to choose a connection to that node.
  /// @returns false when another choice is in progress; try again soon.
  bool begin(const std::string& name) { return choosing_.insert(name).second; }
  void end(const std::string& name) { choosing_.erase(name); }

  /// Whether it is connected.
  bool has(const std::string& name) const { return held_.contains(name); }

  /// Makes this the connection to the node.
  void hold(const peer& who, uint64_t connection) { held_[who.name] = {who.incarnation, connection}; }

  /// The connection has ended. Does nothing when it was replaced before.
  void gone(const std::string& name, uint64_t connection);

private:
  struct held {
    uint64_t incarnation;
    uint64_t connection;
  };

  peer self_;
  std::string application_;
  std::map<std::string, held> held_;
  std::set<std::string> choosing_;
};

/// A connection was refused, by this node or by another one.
struct refusal {
  std::string address; ///< without the port
  std::string name;    ///< the name of the node, if it is known; it need not be proved
  std::string why;
};

/// Decides which refusals are reported: once when those of one kind (the same node or address, the same reason) begin,
/// and once when they end, because the node was accepted or there was none for a minute. However many strangers come,
/// one begin per second is reported; the next report counts the others.
///
/// A plain value; not thread-safe. Time is an input.
class refusals {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct report {
    refusal what;
    bool is_over = false;
    uint64_t count =
      0; ///< at the begin: refusals since the last report of a begin; at the end: those of this kind in all
  };

  /// How many kinds are remembered; the oldest are forgotten first. 1,000: as many as strangers can fill in a quarter
  /// of an hour.
  static constexpr size_t max_kinds = 1'000;

  void add(const refusal& x, time_point now);

  /// A connection with this node was accepted.
  void connected(const std::string& address, const std::string& name);

  /// Lets time pass. Call it about once a second while not `empty()`.
  void tick(time_point now);

  std::vector<report> take_reports() { return std::exchange(reports_, {}); }
  bool empty() const noexcept { return kinds_.empty() && untold_ == 0; }

private:
  using key = std::pair<std::string, std::string>; // name or address, reason

  struct state {
    refusal what;
    uint64_t count = 0;
    bool is_told = false;
    time_point last;
  };

  void tell(state& x, time_point now);
  void end(std::map<key, state>::iterator at);

  std::map<key, state> kinds_;
  uint64_t untold_ = 0; // refusals that no report has counted yet
  time_point next_begin_{};
  std::vector<report> reports_;
};

} // namespace bennu::engine
