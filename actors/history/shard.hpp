#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/cluster/link/link.hpp"
#include "actors/history/message.hpp"
#include "actors/history/topic_history.hpp"

namespace bennu::engine {

/// What all shards of a node keep together, and what they dropped because of a bound. Thread safety: any thread.
struct history_totals {
  size_t max_bytes = 0;
  size_t share = 0; ///< a shard that holds no more than this drops nothing for the others
  std::atomic<size_t> bytes{0};
  std::atomic<size_t> messages{0};
  std::atomic<size_t> topics{0};
  std::atomic<uint64_t> dropped{0}; ///< because a topic, or the node, had too many
  std::atomic<uint64_t> aged{0};
  std::atomic<uint64_t> gaps{0}; ///< how many joins ended because their client missed messages that nobody keeps
};

/// How long a log without messages is remembered. A node may deliver a message later than another one, and drop it
/// later, but not by as much as this: so nobody keeps a message of a log that somebody else has forgotten.
std::chrono::milliseconds remembered_for(const history& x) noexcept;

/// The histories of a part of all topics on one node: its own log, the mirrors of the other nodes' logs, and what is
/// exchanged with them.
///
/// Each node writes its own log alone, and numbers its messages; they arrive at the others one after another. A node
/// that lacks something notices the gap, or hears of it (`history_have`, at the start of each session and
/// periodically), and requests it: from the publisher, or, when that is not connected, from any node. The messages
/// keep their numbers, so that it does not matter from whom they come.
///
/// What a node has missed and nobody keeps is a gap. The readers of the topic get a broadcast with `gap_in`, in order.
///
/// A topic is kept from its first message on; readers cost nothing but a count. When a log is forgotten, only its floor
/// remains: the number of its newest message, together with other topics.
///
/// A plain value in virtual time. Thread safety: none.
class history_shard {
public:
  using time_point = history_place::time_point;

  /// The options of a topic; null when it has no history.
  using bounds_of = std::function<const history*(std::string_view topic)>;

  /// A broadcast for the subscribers on this node. They have to get them in this order.
  using delivery = std::function<void(const broadcast_ptr&)>;

  /// REQUIRES: `totals` outlives this object.
  history_shard(peer self, bounds_of bounds, history_totals& totals, time_point now);

  // -- this node ----------------------------------------------------------------

  /// Gives the next place to a broadcast of this node. When there are too many topics, that one is forgotten whose last
  /// message is the oldest.
  broadcast_ptr publish(caf::intrusive_ptr<broadcast> x, const history& bounds, uint64_t sender, time_point now);

  /// A client joins, with its position; see `topic_history::answer`. From now on it counts as a reader.
  history_answer join(const std::string& topic, const history& bounds, const std::optional<history_position>& since,
                      uint64_t reader, time_point now);
  void leave(const std::string& topic);

  /// What is kept of a topic after a position.
  history_answer read(const std::string& topic, const std::optional<history_position>& since, time_point now);

  /// A broadcast came from another node without a place, although its topic has history here. No position from before
  /// it is honoured.
  void interrupted(const std::string& topic, time_point now);

  /// Drops what is too old, and forgets what is no longer needed.
  void expire(time_point now);

  // -- other nodes --------------------------------------------------------------

  void peer_up(const peer& who, time_point now);
  void peer_down(const peer& who, time_point now);
  void all_down(time_point now);

  /// What this node has: a log of each life that it knows, also of those that have published nothing.
  history_have have(time_point now) const;

  /// Takes a message of another node, and passes to `deliver` what this node's subscribers have to get. @returns a
  /// request for what is missing.
  std::optional<history_want> receive(const peer& from, history_next&& x, time_point now, const delivery& deliver);
  std::optional<history_want> receive(const peer& from, history_part&& x, time_point now, const delivery& deliver);
  std::vector<history_want> receive(const peer& from, const history_have& x, time_point now);

  /// Whether this node has all that each connected node had when the two met, and any node is connected. What a node
  /// tells later counts, too, but arrives with its messages.
  bool has_caught_up() const noexcept;

  /// The answer to a request: as many messages as fit into `max_part`, and as many topics without messages. @returns
  /// nothing when the log does not go as far.
  std::optional<history_part> part(const history_want& x, time_point now) const;

  /// How large a part is. 256 KiB: other messages can pass between the parts.
  static constexpr size_t max_part = size_t{256} << 10;

  /// When a request without an answer is repeated. 3 s: three beats.
  static constexpr std::chrono::seconds answered_within{3};

  /// How many topics a shard remembers. 20,000: with eight shards 160,000, which take about 100 MB.
  static constexpr size_t max_topics = 20'000;

private:
  // Each life has so many floors, so that forgetting one topic makes few positions of other topics too old.
  static constexpr size_t floor_count = 4096;

  // What is left of the logs of some topics: the highest numbers of their last messages.
  struct floor {
    uint64_t seq = 0;
    uint64_t number = 0;
    time_point when{};
  };

  using topic_list = std::list<topic_history>;

  struct place_in_order {
    topic_history* topic;
    broadcast_ptr what;
  };

  // A log as this node has it.
  struct origin {
    peer who;
    life_id life = 0;
    uint64_t applied = 0;        ///< everything up to this number has arrived, or is known to be lost
    uint64_t offered = 0;        ///< the highest number that a connected node has told that it has
    std::vector<floor> floors{}; ///< for parts of the topics: see `known_lives`; empty: 0
    bool is_connected = false;
    bool is_news = false;                 ///< a message has arrived that was published after this node started
    std::optional<uint64_t> before{};     ///< the number of its newest message when the two nodes met
    std::optional<time_point> asked_at{}; ///< until the answer comes, messages that do not fit are expected
    time_point heard{};
    std::map<uint64_t, place_in_order> order{}; ///< what is kept of it
  };

  topic_history* find(std::string_view topic);
  topic_history& find_or_add(const std::string& topic, const history& bounds);
  origin& origin_of(const peer& who, time_point now);
  broadcast_ptr append(origin& to, topic_history& topic, caf::intrusive_ptr<broadcast> x, const history_place& at,
                       time_point now);
  void trim(topic_history& topic, time_point now);
  void trim_all();
  void dropped(const broadcast& x, bool by_age);
  void take(origin& from, history_item&& x, bool is_in_part, time_point now, const delivery& deliver);
  void take(origin& from, const history_part::skipped& x, time_point now, const delivery& deliver);
  void take(origin& from, const std::vector<history_part::floor>& all, time_point now, const delivery& deliver);
  void missed(const origin& from, const std::string& topic, uint64_t seq, bool is_old, const delivery& deliver);
  bool is_old(const origin& from, uint64_t number, time_point when) const noexcept;
  void add_skipped(history_part& to, life_id life, time_point now) const;
  std::optional<history_want> want(origin& x, time_point now);
  topic_list::iterator forget(topic_list::iterator x);
  void forget_topics(time_point now);
  void forget_lives(time_point now);
  known_lives lives_for(uint64_t hash) const; ///< for a topic with that hash
  static size_t floor_index(uint64_t hash) noexcept;
  static void raise_floor(origin& x, size_t index, const floor& to);

  const bounds_of bounds_;
  history_totals& totals_;
  const life_id own_;
  const time_point started_;
  std::map<life_id, origin> origins_;
  topic_list topics_; ///< that with the latest message is the last
  std::unordered_map<std::string_view, topic_list::iterator> by_name_;
  std::unordered_map<std::string, size_t> readers_; ///< how many joins each topic has
  uint64_t forgotten_index_ = 0;                    ///< the highest index of a topic that is forgotten
  uint64_t gaps_ = 0;
  size_t bytes_ = 0; ///< of all its topics
};

} // namespace bennu::engine
