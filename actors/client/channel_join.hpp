#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor.hpp>

#include "actors/client/client_subscriptions.hpp"
#include "actors/client/connection.hpp"
#include "actors/client/inbox.hpp"
#include "actors/client/join_budget.hpp"
#include "actors/client/join_history.hpp"
#include "actors/client/join_state.hpp"
#include "actors/client/limits.hpp"
#include "actors/client/own_presence.hpp"
#include "actors/pubsub/subscriber_table.hpp"
#include "actors/wire/serializer.hpp"
#include "supervision/trace/open_span.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/fwd.hpp>
#include <bennu/actors/payload.hpp>

namespace bennu {
struct channel_size;
} // namespace bennu

namespace bennu::engine {

struct channel_route;

/// One thing that waits for a channel.
struct channel_item {
  enum class type : uint8_t {
    event,         ///< from the client
    leave,         ///< `phx_leave`
    intercepted,   ///< a broadcast whose event is in `handle_out()`
    passed,        ///< a broadcast with history that waits behind an intercepted one
    replaced,      ///< the client joined the topic again
    socket_closed, ///< the client's connection has ended
  };
  type kind;
  client_message message;
  broadcast_ptr placed{}; ///< of a broadcast with history

  bool is_end() const noexcept { return kind == type::replaced || kind == type::socket_closed; }
};

/// One join of one client to one topic. It outlives a crash of the channel's actor.
///
/// Carries out the effects of `join_state` for the client, its connection and its topic. A crash replaces the actor;
/// the join stays, with the client's subscription, the items that wait for the channel, and the replies that are owed.
/// So a channel restarts in place and its client notices nothing.
///
/// Thread safety: none; belongs to the io unit of its connection.
class channel_join : public subscriber {
public:
  channel_join(connection_ptr owner, const channel_route& to, client_message join_message, join_place place);

  connection& owner() const noexcept { return *owner_; }
  const channel_route& route() const noexcept { return route_; }
  const std::string& topic() const noexcept { return join_message_.topic; }
  const std::string& topic_text() const noexcept { return join_message_.topic_text; }
  const client_message& join_message() const noexcept { return join_message_; }

  /// Whether an event or a leave with this join_ref belongs to this join. One with the join_ref `null` always does;
  /// after a join without a join_ref no other one does.
  bool matches(std::string_view join_ref) const noexcept;

  /// The join_ref of its replies: the client's, or the ref of its join when it sent none.
  std::string_view join_ref() const noexcept;

  // -- its life ---------------------------------------------------------------

  /// What comes with an input.
  struct detail {
    payload response = {};           ///< the join's answer
    std::string_view leave_ref = {}; ///< the ref of the leave that is handled
    std::string_view crash_text = {};
  };

  /// Whether the client came back with a position and gets all that it missed.
  bool is_recovered() const noexcept { return history_ && history_->is_recovered(); }

  /// Whether its node has to catch up with the others before the client can get what it missed; see `join_history`.
  bool waits_for_histories(const caf::actor& tell) const { return history_ && history_->waits_for_histories(tell); }

  /// Applies an input to the state and carries out the effects for the client, the connection and the topic. @returns
  /// all effects; `channel_actor` carries out those that concern the actor.
  join_effects advance(join_input x, const detail& with);
  join_effects advance(join_input x);

  /// `former` is the join that this one replaces: it gives way now, and learns when this one is answered.
  void replace(caf::intrusive_ptr<channel_join> former);

  /// The channel's actor has crashed. A `temporary` channel is given up at once.
  void actor_crashed(std::string_view text);

  /// The channel is not started again.
  void give_up(std::string_view text);

  join_state state;
  caf::actor actor; ///< the channel's actor, null between two of them

  // -- what waits for the channel ---------------------------------------------

  /// Appends `x` to the items that wait for the channel, and wakes its actor if necessary.
  void deliver(channel_item x);

  /// Sends a broadcast to the client, or gives it to the channel when the channel intercepts its event.
  void receive_broadcast(const broadcast& x) override;
  void receive_placed(const broadcast& x) override;

  /// The same for a message of the topic's history that the client has not had.
  void pass(const broadcast& x);

  /// Whether the client has missed something of the topic's history that nobody keeps: its channel ends, and the client
  /// joins again.
  bool has_missed_something() const noexcept;

  /// Gives a broadcast to the channel, whose `handle_out()` lists its event. As many bytes of them may wait as for the
  /// client, plus one message of the largest size, because a client's own messages come back to it in this way. Above
  /// that the policy of the endpoint decides.
  void intercept(const std::string& event, const payload& body, broadcast_ptr placed = {});

  /// Whether the channel may take an item now. An end is moved to the front when nothing else may be taken.
  bool may_take();

  /// The next item, which counts as handled from now on. REQUIRES: `!waiting.empty()`.
  channel_item take();

  inbox<channel_item> waiting;

  /// What its channel holds. See `channel::size`.
  channel_size size() const;

  /// The events and intercepted broadcasts that wait for the channel.
  size_t waiting_bytes() const noexcept;

  // -- what the client sees ---------------------------------------------------

  void reply(std::string_view ref, std::string_view status, const payload& response);
  void push(std::string_view event, const payload& body);

  /// Sends a broadcast to this client only: a message under any topic, without a join_ref.
  void tell(std::string_view topic, std::string_view event, const payload& body);

  /// Sends a broadcast with history that has waited for the channel.
  void pass_on(const broadcast& x);

  /// Tells the client the position after a broadcast that its channel has handled.
  void tell_position(const broadcast& x);

  // -- topics besides its own ---------------------------------------------------

  /// Subscribes the client to a topic, from its acceptance to the end of the join. See `channel::subscribe`.
  bool subscribe(std::string_view topic);
  bool unsubscribe(std::string_view topic);
  std::vector<std::string> subscriptions() const;

  // -- presence ---------------------------------------------------------------

  /// The client, for a channel that uses presence now; null when the route intercepts `presence_diff`.
  presence_teller* presence();

  /// What the client knows apart from broadcasts; null when its channel has never used presence.
  const presence_knowledge* known_presences() const noexcept { return presence_ ? &presence_->knowledge() : nullptr; }

  // -- replies that are owed --------------------------------------------------

  /// A reply is given later. Several events may have the same ref.
  void owe(raw_ref ref) { owed_.push_back(std::move(ref)); }
  bool owes(const raw_ref& ref) const noexcept;
  size_t owed_count() const noexcept { return owed_.size(); }

  /// An owed reply to this ref is given now. @returns false when none is owed.
  bool settle(const raw_ref& ref);

  /// The handler of the event with this ref threw. When the channel restarts, the client is answered `error
  /// {"reason":"crashed"}`; a `temporary` channel does not answer, as in Phoenix.
  void event_crashed(std::string_view ref);

  std::unique_ptr<rate_meter> used; ///< how much of the route's limits was used, when it has some
  std::unique_ptr<open_span> span;  ///< of the join, until it is answered; null when nothing is traced

private:
  void report_answer(std::string_view result, const payload& response);
  void report_end(join_input how, const detail& with) const;
  bool deliver_rest(const broadcast& x);
  void carry_out(join_effect x, const detail& with);
  void answer(std::string_view status, const payload& response);
  void answer_leave(std::string_view ref);
  void answer_owed();
  void empty_inbox(bool answer_events);
  void release_held();
  void end_topic(std::string_view event, const payload& body);
  payload crash_body(std::string_view text) const;
  void say(frame_ptr x);
  void begin_subscriptions();
  void end_subscriptions();
  bool is_held_back() const noexcept;
  bool make_space_for(size_t bytes);
  bool is_full() const noexcept;

  connection_ptr owner_;
  const channel_route& route_;
  client_message join_message_;
  const join_place place_;                    ///< among all joins of the node
  const rate_meter::time_point begun_;        ///< when the client asked to join
  size_t intercepted_bytes_ = 0;              ///< the bytes of waiting intercepted broadcasts
  std::vector<raw_ref> owed_;                 ///< refs of replies that are owed
  std::vector<frame_ptr> held_;               ///< what the channel sent while `join_voice::held`
  caf::intrusive_ptr<channel_join> replaces_; ///< the former join of the topic, until this one is answered
  std::unique_ptr<join_history> history_;     ///< null when the topic has none
  std::unique_ptr<own_presence> presence_;
  std::unique_ptr<client_subscriptions> subscriptions_; ///< null when the channel never subscribed its client
};

using channel_join_ptr = caf::intrusive_ptr<channel_join>;

} // namespace bennu::engine
