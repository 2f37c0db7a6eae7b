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

/// Who on one io unit receives what. A broadcast costs O(subscribers of its topic); subscribing and unsubscribing O(1).
///
/// Invariants
/// 1. A join or connection in the table is alive: it leaves the table before it goes (`channel_join::end`,
///    `connection::closed`).
/// 2. `deliver` never changes the table: sending to a session or an actor takes effect after it.
///
/// Thread safety: none; used on the thread of its unit alone.
class subscriber_table {
public:
  void add(channel_join& x);
  void remove(channel_join& x) noexcept;

  /// A connection listens under its socket's id.
  void add(connection& x);
  void remove(connection& x) noexcept;

  /// A plain actor gets every broadcast of `topic` as a `broadcast_ptr` message. Twice is once.
  /// @returns whether that changed anything.
  bool add(const std::string& topic, const caf::actor& x);
  bool remove(const std::string& topic, const caf::actor_addr& x) noexcept;
  void remove(const caf::actor_addr& x) noexcept;

  /// Hands `x` to every subscriber of its topic.
  /// @returns how many there were.
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
