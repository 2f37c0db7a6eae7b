#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <caf/actor.hpp>

#include <bennu/actors/broadcast.hpp>

namespace bennu::engine {

class channel_join;
class connection;

/// The subscribers of each topic on one io unit. A broadcast costs O(subscribers of its topic); subscribing and
/// unsubscribing cost O(1).
///
/// Invariants
/// 1. A join or connection in the table is alive: it is removed before it ends (`channel_join::end`,
///    `connection::closed`).
/// 2. `deliver` does not change the table, because sending to a session or an actor takes effect later.
///
/// Thread safety: none; it is used on the thread of its unit only.
class subscriber_table {
public:
  void add(channel_join& x);
  void remove(channel_join& x) noexcept;

  /// Subscribes a connection to the id of its socket.
  void add(connection& x);
  void remove(connection& x) noexcept;

  /// Subscribes an actor, which receives every broadcast of `topic` as a `broadcast_ptr` message. Does nothing when
  /// it is subscribed already.
  /// @returns whether the table changed.
  bool add(const std::string& topic, const caf::actor& x);
  bool remove(const std::string& topic, const caf::actor_addr& x) noexcept;
  void remove(const caf::actor_addr& x) noexcept;

  /// Delivers `x` to every subscriber of its topic.
  /// @returns how many there are.
  size_t deliver(const broadcast_ptr& x) const;

  size_t topic_count() const noexcept { return topics_.size(); }

private:
  struct subscribers {
    std::vector<channel_join*> joins;
    std::vector<connection*> connections;
    std::vector<caf::actor> actors;
    bool empty() const noexcept { return joins.empty() && connections.empty() && actors.empty(); }
  };
  using topic_map = std::unordered_map<std::string, subscribers>;

  void forget_if_empty(topic_map::iterator i) noexcept;

  topic_map topics_;
};

} // namespace bennu::engine
