#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor.hpp>

#include "actors/client/connection.hpp"
#include "actors/client/inbox.hpp"
#include "actors/client/join_state.hpp"
#include "actors/client/limits.hpp"
#include "actors/client/own_presence.hpp"
#include "actors/pubsub/subscriber_table.hpp"
#include "actors/wire/serializer.hpp"
#include <bennu/actors/fwd.hpp>
#include <bennu/actors/payload.hpp>

namespace bennu::engine {

struct channel_route;

/// One thing that waits for a channel.
struct channel_item {
  enum class type : uint8_t {
    event,         ///< from the client
    leave,         ///< `phx_leave`
    intercepted,   ///< a broadcast whose event is in `handle_out()`
    replaced,      ///< the client joined the topic again
    socket_closed, ///< the client's connection has ended
  };
  type kind;
  client_message message;

  bool is_end() const noexcept { return kind == type::replaced || kind == type::socket_closed; }
};

/// One join of one client to one topic: what outlives a crash of the channel's actor.
///
/// Carries out what `join_state` says for the client, its connection and its topic. The actor is replaced after a
/// crash, the join stays, with the client's subscription, what waits for the channel, and the replies that are owed. So
/// a channel is restarted in place without its client noticing.
///
/// Thread safety: none; belongs to the io unit of its connection.
class channel_join : public subscriber {
public:
  channel_join(connection_ptr owner, const channel_route& to, client_message join_message);

  connection& owner() const noexcept { return *owner_; }
  const channel_route& route() const noexcept { return route_; }
  const std::string& topic() const noexcept { return join_message_.topic; }
  const std::string& topic_text() const noexcept { return join_message_.topic_text; }
  const client_message& join_message() const noexcept { return join_message_; }

  /// Whether an event or a leave with this join_ref means this join. One with the join_ref `null` always does; after a
  /// join without a join_ref no other does.
  bool matches(std::string_view join_ref) const noexcept;

  /// What its replies carry: the client's join_ref, or the ref of its join where it sent none.
  std::string_view join_ref() const noexcept;

  // -- its life ---------------------------------------------------------------

  /// What an input brings along.
  struct detail {
    payload response = {};           ///< of the join's answer
    std::string_view leave_ref = {}; ///< of the leave that is handled
    std::string_view crash_text = {};
  };

  /// Moves the state on and does what follows for the client, the connection and the topic.
  /// @returns all effects; `channel_actor` does those that are its own.
  join_effects advance(join_input x, const detail& with);
  join_effects advance(join_input x);

  /// `former` is the join that this one takes the place of: it gives way now, and hears when this one is answered.
  void replace(caf::intrusive_ptr<channel_join> former);

  /// The channel's actor has died of a crash. A `temporary` channel is given up at once.
  void actor_crashed(std::string_view text);

  /// The channel is not started again.
  void give_up(std::string_view text);

  join_state state;
  caf::actor actor; ///< the channel's actor, null between two of them

  // -- what waits for the channel ---------------------------------------------

  /// Puts `x` before the channel and wakes its actor where that is needed.
  void deliver(channel_item x);

  /// Sends a broadcast to the client, or puts it before the channel when that intercepts its event.
  void receive_broadcast(const broadcast& x) override;

  /// Puts a broadcast before the channel, whose `handle_out()` lists its event. So many of them may wait as may wait
  /// for the client, and one message of the largest size, since a client's own come back to it this way. Over that the
  /// policy of the endpoint decides.
  void intercept(const std::string& event, const payload& body);

  /// Whether the channel may take an item now. An end is moved to the front when nothing else may be taken.
  bool may_take();

  /// The next item, which counts as handled from now on. REQUIRES: `!waiting.empty()`.
  channel_item take();

  inbox<channel_item> waiting;

  // -- what the client sees ---------------------------------------------------

  void reply(std::string_view ref, std::string_view status, const payload& response);
  void push(std::string_view event, const payload& body);

  /// A broadcast of the topic for this client alone.
  void tell(std::string_view event, const payload& body);

  // -- presence ---------------------------------------------------------------

  /// The client, for a channel that uses presence now; null when the route intercepts `presence_diff`.
  presence_teller* presence();

  /// What the client knows besides what broadcasts tell it; null when its channel never used presence.
  const presence_knowledge* known_presences() const noexcept { return presence_ ? &presence_->knowledge() : nullptr; }

  // -- replies that are owed --------------------------------------------------

  /// A reply is given later. Several events may have the same ref.
  void owe(raw_ref ref) { owed_.push_back(std::move(ref)); }
  bool owes(const raw_ref& ref) const noexcept;
  size_t owed_count() const noexcept { return owed_.size(); }

  /// An owed reply to this ref is given now. @returns false when none is owed.
  bool settle(const raw_ref& ref);

  /// The handler of the event with this ref threw. The client of a channel that is started again is answered
  /// `error {"reason":"crashed"}`; strict Phoenix does not answer.
  void event_crashed(std::string_view ref);

  std::unique_ptr<rate_meter> used; ///< of the route's limits, when it has some

private:
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
  bool is_held_back() const noexcept;
  bool make_room_for(size_t bytes);

  connection_ptr owner_;
  const channel_route& route_;
  client_message join_message_;
  size_t intercepted_bytes_ = 0;              ///< of what waits
  std::vector<raw_ref> owed_;                 ///< refs of replies that are owed
  std::vector<frame_ptr> held_;               ///< what the channel said while `join_voice::held`
  caf::intrusive_ptr<channel_join> replaces_; ///< the former join of the topic, until this one is answered
  std::unique_ptr<own_presence> presence_;
};

using channel_join_ptr = caf::intrusive_ptr<channel_join>;

} // namespace bennu::engine
