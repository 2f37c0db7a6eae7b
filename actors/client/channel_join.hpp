#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/ref_counted.hpp>

#include "actors/client/connection.hpp"
#include "actors/client/inbox.hpp"
#include "actors/client/rate_meter.hpp"
#include "actors/wire/serializer.hpp"
#include <bennu/actors/fwd.hpp>

namespace bennu::engine {

struct channel_route;

/// One thing that waits for a channel.
struct channel_item {
  enum class type : uint8_t {
    event,         ///< from the client
    leave,         ///< `phx_leave`
    intercepted,   ///< a broadcast whose event is in `handle_out()`
    replaced,      ///< the client joined the topic again: end without a word
    socket_closed, ///< the client is gone
  };
  type kind;
  client_message message;
};

/// One join of one client to one topic: what outlives a crash of the channel's actor.
///
/// The actor is replaced, the join stays: the client's subscription, what waits for the channel, which replies are
/// owed. That is how a channel is restarted in place without its client noticing.
///
/// Thread safety: none; belongs to the io unit of its connection.
class channel_join : public caf::ref_counted {
public:
  enum class state : uint8_t { joining, joined, ended };

  channel_join(connection_ptr owner, const channel_route& to, client_message join_message);

  connection& owner() const noexcept { return *owner_; }
  const channel_route& route() const noexcept { return route_; }
  const std::string& topic() const noexcept { return join_message_.topic; }
  const std::string& topic_text() const noexcept { return join_message_.topic_text; }

  /// The join_ref that events and leaves must carry to mean this join.
  bool matches(std::string_view join_ref) const noexcept;
  std::string_view join_ref() const noexcept;
  const client_message& join_message() const noexcept { return join_message_; }

  /// Puts `x` before the channel and rings its bell.
  void deliver(channel_item x);

  /// Puts a broadcast before the channel, whose `handle_out()` lists it. Of them may wait what may wait for the client and one message of
  /// the largest size, since a client's own come back to it so; then the policy of the endpoint decides.
  void intercept(const std::string& event, const payload& body);

  /// While the channel decides on the join only its end can be handled. @returns true when one waits; `take` gives it next.
  bool bring_end_forward();

  /// True when the next item is an event whose answer would have to wait for the client: it is left where it is until
  /// `connection::room_again`. Not once this join has left the stage or too much waits here, broadcasts among them.
  bool held_back() const noexcept;

  /// The next item, now being handled. REQUIRES: `!waiting.empty()`.
  channel_item take();

  // -- what the client sees ---------------------------------------------------

  void reply(std::string_view ref, std::string_view status, const payload& response);
  void push(std::string_view event, const payload& body);

  /// A push as it is at the end of a life: `phx_close` or `phx_error`. Only the first is sent.
  void announce_end(std::string_view event, const payload& body = {});

  // -- life -------------------------------------------------------------------

  /// The join took place: the client is told, and from now on broadcasts of the topic reach it.
  void accept(const payload& response);

  /// The channel decides later (`deciding`).
  void defer();

  /// It did not take place: the client is told, the join is over.
  void refuse(const payload& response);

  /// The client joins the topic anew: this join leaves the stage now, its channel ends after what it is doing; what waits
  /// is nobody's, but for a leave, which is answered. What the channel still says follows the answer to the new join, and then comes its `phx_close`, as in Phoenix.
  void retire();
  bool retired() const noexcept { return retired_; }

  /// The join that replaces this one was answered.
  void successor_answered();

  /// The topic is over for this join: no broadcast reaches the client through it any more, its place among the
  /// connection's joins is free. What still waits is answered with "unmatched topic". Idempotent.
  void end();

  /// Its channel could not even be begun: "join crashed" to the client.
  void not_started();

  /// The handler of the event with this ref threw. A join that is going to be repaired answers it with
  /// `error {"reason":"crashed"}`; strict Phoenix does not answer.
  void event_crashed(std::string_view ref);

  /// A reply that is owed to this ref is going to be given. @returns false when none is. Several events may have the same ref.
  bool settle(const raw_ref& ref);
  bool owes(const raw_ref& ref) const noexcept;

  /// The channel's actor died of a crash: what it owed is answered. An undecided join is refused with "join crashed", a
  /// `temporary` one is given up at once, with `text`.
  void actor_crashed(std::string_view text);

  /// The channel's actor is gone, after all that it did.
  void actor_ended();

  /// Nobody starts this channel again: `phx_error` to the client, then `end()`. In dev mode the client sees `crash_text`.
  void give_up(std::string_view crash_text);

  state current = state::joining;
  bool deciding = false; ///< the channel deferred its join: until it decides, only an end is handled
  caf::actor actor;      ///< the channel's actor, null between two of them
  inbox<channel_item> waiting;
  std::vector<raw_ref> owed_replies;         ///< refs of deferred replies
  caf::intrusive_ptr<channel_join> replaces; ///< the former join of the topic, which goes after our answer
  std::unique_ptr<rate_meter> used;          ///< of the route's limits, when it has some
  uint32_t subscription_slot = 0;            ///< place in the subscriber table, kept by it

private:
  std::string_view end_ref() const noexcept;
  void say(frame_ptr x);
  bool make_room_for(size_t bytes);
  void answer(std::string_view status, const payload& response);
  void let_former_go();
  void is_decided();
  void subscribe();
  void leave_stage() noexcept;

  connection_ptr owner_;
  const channel_route& route_;
  client_message join_message_;
  size_t intercepted_bytes_ = 0; ///< of what waits
  std::vector<frame_ptr> held_;  ///< said while retired and the successor was not answered
  bool under_way_ = true;        ///< the connection waits for the decision
  bool accepted_ = false;
  bool retired_ = false;
  bool successor_answered_ = false;
  bool end_announced_ = false;
  bool subscribed_ = false;
};

using channel_join_ptr = caf::intrusive_ptr<channel_join>;

} // namespace bennu::engine
