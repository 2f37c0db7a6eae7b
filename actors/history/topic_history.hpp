#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/intrusive_ptr.hpp>

#include "actors/history/place.hpp"
#include "actors/history/position.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/channel_options.hpp>

namespace bennu::engine {

/// What one life of a node published on a topic, as far as this node knows.
struct history_record {
  using time_point = history_place::time_point;

  life_id life = 0;
  uint64_t start = 0;   ///< the seq before the first of this log
  uint64_t dropped = 0; ///< the messages up to this one are not kept here
  uint64_t last = 0;    ///< the newest message of the log; those after `dropped` are kept without a gap
  uint64_t number = 0;  ///< of the newest message, in the publisher's log of all topics
  time_point when{};    ///< when it was published
  history_refusal dropped_by = history_refusal::too_old; ///< why `dropped` is what it is

  bool is_empty() const noexcept { return dropped >= last; }
};

/// What a client gets that comes back with a position.
struct history_answer {
  bool recovered = false;
  std::string position;               ///< after everything in `missed`
  uint64_t index = 0;                 ///< the newest message of this node's order that the answer accounts for
  std::vector<broadcast_ptr> missed;  ///< in this node's order
  std::vector<history_mark> ahead{};  ///< what the client has, and this node has not received yet
  std::vector<history_mark> read{};   ///< if it is ahead: all that it has after `missed`
  std::vector<history_mark> others{}; ///< if it is ahead: the floors of the lives that its position does not name
  uint64_t gap = 0;                   ///< gaps up to this one are no news for the client
  history_refusal refusal{};          ///< why it has not recovered; `none` also when it came without a position
};

/// The lives of nodes that this node knows, each with its floor on a topic: the number of the newest message that may
/// have been forgotten with a whole log. A log that begins later starts there. Positions before it are not honoured.
using known_lives = std::vector<history_mark>;

/// The history of one topic on one node: the logs of all publishers, merged into the order in which this node delivers
/// them.
///
/// A position is a set of marks, how far each log was read; so another node, which has another order, can go on from
/// it. Positions of lives that are not known here, of another topic, or before what was dropped are not honoured. Of
/// the lives that a position does not name, nothing may have been forgotten since: it is checked that their floors are
/// the same.
///
/// Invariants
/// 1. The kept messages of a log have consecutive numbers, from `dropped + 1` to `last`, in this order.
/// 2. Every kept message has the position of a client that has read everything up to it in this order.
/// 3. `answer` with a position returns exactly the kept messages that the position does not include, each with the
///    position of this client after it, or says that it cannot.
///
/// A plain value; the caller passes the time. Thread safety: none.
class topic_history {
public:
  using time_point = history_place::time_point;

  /// Its messages are numbered after `index`.
  topic_history(std::string name, const history& bounds, life_id own, uint64_t index = 0);

  const std::string& name() const noexcept { return name_; }
  uint64_t hash() const noexcept { return hash_; }

  /// The log of a life. It is created when there is none.
  history_record& record_of(life_id life, uint64_t start);
  history_record* find(life_id life) noexcept;
  const history_record* find(life_id life) const noexcept;

  /// Appends the next message of a log. `at` says its publisher, its numbers and its time. A number that leaves a gap
  /// drops what was kept of the log before. REQUIRES: `at.seq > record_of(at.life, at.start).last`; nobody else has
  /// seen `x`.
  broadcast_ptr append(caf::intrusive_ptr<broadcast> x, const history_place& at, const known_lives& lives);

  /// Messages of a log exist, up to `to.last`, and are kept nowhere. Drops what was kept of the log before.
  void skip(const history_record& to);

  /// Drops one message that exceeds the bounds or is too old. @returns null when there is none.
  broadcast_ptr drop_excess();
  broadcast_ptr drop_old(time_point now);

  /// Drops the oldest message. @returns null when there is none.
  broadcast_ptr drop_oldest(history_refusal why = history_refusal::evicted);

  /// Forgets the logs of which nothing is kept and nothing came since `before`. @returns them.
  std::vector<history_record> forget(time_point before);

  /// Forgets a log, and all that is kept of it. `drop` is called with each message.
  void forget_log(life_id life, const std::function<void(const broadcast&)>& drop);

  bool is_empty() const noexcept { return records_.empty() && kept_.empty(); }

  /// What a client gets that joins: with nothing, or with a position, and then not what the connection `reader` itself
  /// sent and must not receive.
  history_answer answer(const std::optional<history_position>& since, uint64_t reader, const known_lives& lives) const;

  /// The position after everything.
  std::string position(const known_lives& lives) const;

  const std::deque<broadcast_ptr>& kept() const noexcept { return kept_; }
  const std::vector<history_record>& records() const noexcept { return records_; }
  const history& bounds() const noexcept { return bounds_; }
  size_t bytes() const noexcept { return bytes_; }
  uint64_t index() const noexcept { return index_; }

  /// Whether a message is still part of its log: false when the log has gone on after a gap.
  bool is_kept(const broadcast& x) const noexcept;

  /// The bytes that one message counts for, with the frame of one serializer.
  static size_t footprint(const broadcast& x) noexcept;

private:
  using marks = std::vector<history_mark>;

  marks current(const known_lives& lives) const;
  marks before_kept() const;
  marks others(const marks& named, const known_lives& lives) const;
  std::string text_of(marks x, const known_lives& lives) const;
  void raise(marks& in, life_id life, uint64_t seq) const;
  using resolved = std::variant<marks, history_refusal>;
  resolved resolve(const history_position& text, const known_lives& lives) const;
  resolved resolve_local(const written_position& text) const;
  history_refusal honours(marks& read, const known_lives& lives, marks& ahead) const;
  void replay(marks& read, uint64_t reader, const known_lives& lives, std::vector<broadcast_ptr>& to) const;

  std::string name_;
  uint64_t hash_;
  history bounds_;
  life_id own_;
  std::vector<history_record> records_;
  std::deque<broadcast_ptr> kept_;
  uint64_t index_;                                        ///< of the newest message, or of the last gap
  history_refusal dropped_by_ = history_refusal::evicted; ///< why the last message was dropped
  uint64_t local_from_ = 0; ///< positions of this node alone before this index are not honoured
  size_t bytes_ = 0;
};

/// The same message with the position of a client that has read more than everything before it. All clients with this
/// position share it. A message has at most a few of them, since a client can say what it likes; then the client gets
/// the message with `no_position`.
broadcast_ptr at_position(const broadcast& x, std::string position);

/// How many clients' positions a message may have besides its own. 8: clients of a node that died differ in the last
/// few messages that they received.
inline constexpr size_t max_variants = 8;

/// What the readers of a topic learn when messages of a life up to `seq` were dropped before this node received them.
/// `number` counts the gaps of the node. Actors and clients without a history of their own never see it.
broadcast_ptr gap_in(const std::string& topic, life_id life, uint64_t seq, uint64_t number, bool is_old);

/// A position that is never honoured.
inline constexpr std::string_view no_position = "@";

} // namespace bennu::engine
