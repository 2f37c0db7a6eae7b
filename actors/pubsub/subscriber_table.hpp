#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/ref_counted.hpp>

#include <bennu/actors/broadcast.hpp>

namespace bennu::engine {

/// Receives the broadcasts of one topic on the thread of its io unit. A `subscriber_table` holds it without owning it.
///
/// Thread safety: none; belongs to one io unit.
class subscriber : public caf::ref_counted {
public:
  /// Hands over one broadcast. Must not change the table.
  virtual void receive_broadcast(const broadcast& x) = 0;

  /// The same for a broadcast with a place in the history of its topic, which may be an old one.
  virtual void receive_placed(const broadcast& x) {
    if (!x.is_old())
      receive_broadcast(x);
  }

private:
  friend class subscriber_table;
  uint32_t index_ = 0; ///< its place in the table
};

/// The first topics that a reader may see, in alphabetical order, with the number of their subscribers. Parts of the
/// answer, from io units and from nodes, are added up: a topic among the first of all is among the first of each part
/// that has it, so that its count is complete.
///
/// A plain value of at most `limit + 1` topics. Thread safety: none.
class topic_scan {
public:
  struct query {
    std::string prefix;                                      ///< only topics that begin with it
    std::string after;                                       ///< only topics that come after it; empty: all
    size_t limit = 100;                                      ///< so many of them
    std::function<bool(std::string_view topic)> allows = {}; ///< only topics for which it returns true; empty: all
  };

  explicit topic_scan(query x) : query_(std::move(x)) {}

  /// A topic with `subscribers` more.
  void add(std::string_view topic, uint64_t subscribers);

  void clear() noexcept { found_.clear(); }

  /// The topics with their counts; one more than the limit when there are further ones.
  const std::map<std::string, uint64_t, std::less<>>& found() const noexcept { return found_; }

  const query& of() const noexcept { return query_; }

private:
  query query_;
  std::map<std::string, uint64_t, std::less<>> found_;
};

/// The subscribers of each topic on one io unit. A broadcast costs O(subscribers of its topic); subscribing and
/// unsubscribing cost O(1).
///
/// Invariants
/// 1. A subscriber in the table is alive: whoever added it removes it before it ends.
/// 2. `deliver` does not change the table, because sending to a session or an actor takes effect later.
///
/// Thread safety: none; it is used on the thread of its unit only.
class subscriber_table {
public:
  /// REQUIRES: `x` is not in the table; it has one place in it.
  void add(const std::string& topic, subscriber& x);

  /// REQUIRES: `x` was added under `topic`.
  void remove(const std::string& topic, subscriber& x) noexcept;

  /// Subscribes an actor, which receives every broadcast of `topic` as a `broadcast_ptr` message. Does nothing when
  /// it is subscribed already.
  /// @returns whether the table changed.
  bool add(const std::string& topic, const caf::actor& x);
  bool remove(const std::string& topic, const caf::actor_addr& x) noexcept;
  void remove(const caf::actor_addr& x) noexcept;

  /// Calls `visit` with each actor, once for each of its topics. It must not change the table.
  template <class Visitor>
  void each_actor(Visitor visit) const {
    for (const auto& [topic, all] : topics_)
      for (const auto& x : all.actors)
        visit(x);
  }

  /// Delivers `x` to every subscriber of its topic.
  /// @returns how many there are.
  size_t deliver(const broadcast_ptr& x) const;

  /// The same for a broadcast with a place in the history of its topic.
  size_t deliver_placed(const broadcast_ptr& x) const;

  size_t topic_count() const noexcept { return topics_.size(); }

  /// How many broadcasts of a topic it has delivered since the topic has subscribers here; 0 when it has none.
  uint64_t delivered(const std::string& topic) const noexcept;

  /// The bytes of the table, about: it counts subscribers and topics, and not the spare places of each topic.
  size_t footprint() const noexcept;

  /// Where a scan of the table stands.
  struct cursor {
    size_t next = 0;
    size_t size = 0; ///< of the table, in its own units; a table that has grown is scanned anew
  };

  /// Adds the next topics, about `step` of them, to `to`. @returns false when it has passed all. Topics that come or go
  /// meanwhile may be missed. When the table grows, the scan begins again with an empty `to`.
  bool scan(topic_scan& to, cursor& at, size_t step) const;

private:
  struct subscribers {
    std::vector<subscriber*> local;
    std::vector<caf::actor> actors;
    mutable uint64_t delivered = 0; // broadcasts
    bool empty() const noexcept { return local.empty() && actors.empty(); }
  };
  using topic_map = std::unordered_map<std::string, subscribers>;

  subscribers& make(const std::string& topic);
  void forget_if_empty(topic_map::iterator i) noexcept;
  template <class Receive>
  size_t deliver_to(const broadcast_ptr& x, bool to_actors, Receive receive) const;

  topic_map topics_;
  size_t places_ = 0;     // of subscribers in all topics
  size_t name_bytes_ = 0; // of topics, outside of their entries
};

} // namespace bennu::engine
