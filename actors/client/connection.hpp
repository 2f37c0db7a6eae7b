#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/intrusive_ptr.hpp>

#include "actors/client/end_reason.hpp"
#include "actors/client/inbox.hpp"
#include "actors/client/limits.hpp"
#include "actors/client/session.hpp"
#include "actors/client/shares.hpp"
#include "actors/pubsub/subscriber_table.hpp"
#include "actors/wire/serializer.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/fwd.hpp>
#include <bennu/actors/socket.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu {
class endpoint;
} // namespace bennu

namespace bennu::engine {

class channel_join;
struct channel_route;
struct unit_services;

using channel_join_ptr = caf::intrusive_ptr<channel_join>;

/// What is known of a client when it has connected, for telemetry.
struct connect_note {
  std::string peer;                 ///< its address, numeric and without the port
  std::chrono::microseconds took{}; ///< the time of the socket's `connect`
  trace_context trace{};            ///< the span of the connect, if it is recorded
};

/// A connected client. It outlives a crash of the connection's actor.
///
/// `transport/` makes one for each session that is accepted, passes every message to `receive` and calls `closed` when
/// the client has disconnected.
///
/// A message goes from `receive` straight into the inbox of its channel: one actor message from the socket to the
/// handler. Only joins, token refreshes, and what arrives while those wait are handled by the connection's actor, so
/// that the order of the client's messages is kept. When that actor crashes, its successor finds the joins and the
/// messages that wait here.
///
/// Thread safety: none; belongs to one io unit, on whose thread every call is made.
class connection : public subscriber {
public:
  /// `id` is the id of the socket `user`.
  connection(const endpoint& via, unit_services& unit, session_ptr to, const serializer& format,
             std::unique_ptr<socket> user, std::string id);
  ~connection() override;

  /// Starts the connection's actor under the supervisor of its io unit. `terms` is what `connect` of the user's socket
  /// returned, `place` is its place among the connections of its id.
  void start(const connected& terms = {}, share_place place = {}, connect_note from = {});

  // -- called by transport ----------------------------------------------------

  /// Takes a complete message of the client. @returns false when it cannot be decoded: nothing was changed.
  bool receive(opcode kind, std::string_view body);

  /// Closes the session with `code` after everything that waits here is handled. Messages that arrive later are
  /// ignored.
  void close_when_handled(uint16_t code);

  /// Notes why the client is going to be disconnected, before its session is closed. The first reason counts. `code` is
  /// that of the close frame (RFC 6455 §7.4), 0 when there is none; here the first other than 0 counts.
  void ends(end_reason why, std::string_view text, uint16_t code = 0);

  /// The reason with its text, `kicked: …`; empty as long as there is none.
  std::string why_it_ended() const;

  /// The client has disconnected: its channels and the connection's actor end, and `socket.disconnected` tells the
  /// reason. Idempotent.
  void closed();

  /// Whether so many messages wait, here and in the inboxes of the channels, that the transport must stop reading:
  /// `socket_options::max_inbox_messages` and `max_inbox_bytes`. `session::resume_reading` is called when half of that
  /// is handled.
  bool backlogged() const noexcept;

  /// "disconnect" was broadcast on `id()`: closes the session with 1001, after the handler that broadcast it has
  /// returned. `text` is the `reason` of its payload, or empty.
  void kicked(std::string_view text = {});

  /// A broadcast to the socket's id: "disconnect" closes the connection.
  void receive_broadcast(const broadcast& x) override;

  /// The client has received most of what waited for it, so that its channels handle its events again. While the
  /// session is still congested nothing happens.
  void on_drained();

  // -- called by the actors ---------------------------------------------------

  const endpoint& via() const noexcept { return via_; }
  unit_services& unit() const noexcept { return unit_; }
  engine::session& session() const noexcept { return *session_; }
  const serializer& format() const noexcept { return format_; }
  socket& user() const noexcept { return *user_; }
  const std::string& id() const noexcept { return id_; }

  /// The number of this connection, which no other one of this run of the node has.
  uint64_t number() const noexcept { return number_; }

  /// The client's address, as it was when it connected, and when that was.
  const std::string& peer() const noexcept { return peer_; }
  rate_meter::time_point connected_at() const noexcept { return connected_at_; }

  /// How many of the client's messages wait to be handled.
  size_t in_flight() const noexcept { return in_flight_; }
  size_t in_flight_bytes() const noexcept { return in_flight_bytes_; }

  /// Sends a frame to the client. One that stands for a message which an application's serializer failed to encode
  /// closes the session instead, with 1011. All frames with messages are sent here, not by `session`.
  void send(frame_ptr x) {
    count_out(*x);
    if (!x->is_failure())
      session_->send(std::move(x));
    else
      serializer_failed(x->body());
  }
  void send_control(frame_ptr x) {
    count_out(*x);
    if (!x->is_failure())
      session_->send_control(std::move(x));
    else
      serializer_failed(x->body());
  }

  /// Sends a broadcast with a place in the history of its topic.
  void send_placed(const broadcast& x) {
    const auto& bytes = x.encoded(format_);
    if (!bytes)
      return; // this serializer cannot encode it: the client misses it, so no position may include it
    send(bytes);
    if (x.body.is_binary())
      send_follow_up(x);
  }

  /// Tells the client the position after a broadcast, as a message of its own.
  void tell_position(std::string_view topic, std::string_view position);

  /// Its number among those who read histories. REQUIRES: the node has histories.
  uint64_t reader();

  /// Sends a broadcast to this client only. A client whose format cannot express it misses it.
  void send_broadcast(std::string_view topic, std::string_view event, const payload& body);

  channel_join* find(std::string_view topic) const noexcept;
  size_t join_count() const noexcept { return joins_.size(); }
  const std::vector<channel_join_ptr>& joins() const noexcept { return joins_; }
  void add(channel_join_ptr x);
  void remove(channel_join& x) noexcept;

  /// What the client has used of the limits of a topic that it joined before, or nothing.
  std::unique_ptr<rate_meter> used_before(std::string_view topic) noexcept;

  /// Routes a message that `receive` took in: answers it, or delivers it to its channel. REQUIRES: it is not a join.
  void handle(client_message message);

  /// Delivers `message` to the channel of the join `there`, or answers that there is none. @returns true when it went
  /// to a channel, which calls `handled_one` when it takes it.
  bool dispatch(client_message& message, channel_join* there);

  /// Counts a join or an event. @returns true when it is over a limit; then the client has been told.
  bool join_over_limit(const client_message& message, const channel_route& route);
  bool event_over_limit(const client_message& message, channel_join* there);

  /// Answers a message that exceeds the limit of that name with an error.
  void refuse(const client_message& message, std::string_view limit, const payload& response);

  void reply(const client_message& to, std::string_view join_ref, std::string_view status, const payload& response);
  void reply_unmatched(const client_message& x);
  void reply_left(const client_message& x);

  /// Whether a join is neither decided nor deferred. The client's next message waits for that, as in Phoenix.
  bool waits_for_join() const noexcept { return undecided_ != nullptr; }

  /// `x` is decided, deferred or over.
  void decided(const channel_join& x);

  /// Whether something waits for the connection's actor.
  bool has_work() const noexcept { return !waiting.empty() || close_code_ != 0; }

  /// Nothing waits here any more: closes the session if `close_when_handled` was called.
  void all_handled();

  /// A message that `receive` took in is handled. @param bytes its `size_bytes()`
  void handled_one(size_t bytes);

  /// The state that only some connections need. It is allocated at its first use.
  struct extras {
    using time_point = rate_meter::time_point;
    rate_meter used;                                                     ///< how much of the socket's limits was used
    std::vector<std::pair<const channel_route*, rate_meter>> joins_used; ///< how much of the routes' limits was used
    /// What was used of the limits of topics that the client left: a rejoin gives no new allowance.
    std::vector<std::pair<std::string, std::unique_ptr<rate_meter>>> left;
    std::optional<time_point> expires_at; ///< when the right, or after `expiry_told` the grace period, ends
    bool expiry_told = false;
    uint32_t expiry = 0; ///< counts expiries, so that the timer of a former one is ignored
    uint64_t reader = 0; ///< see `reader`
    trace_context trace; ///< the span of its connect; not valid when that is not recorded
  };
  extras& more() {
    if (!extras_)
      extras_ = std::make_unique<extras>();
    return *extras_;
  }

  /// The span of its connect; null when that is not recorded.
  const trace_context* trace() const noexcept {
    return extras_ && extras_->trace.is_valid() ? &extras_->trace : nullptr;
  }
  void expire_after(std::chrono::milliseconds time);
  bool may_expire() const noexcept { return extras_ && extras_->expires_at; }

  inbox<client_message> waiting;
  /// The messages that the client has sent, and those that were queued for it, with the bytes of their frames.
  struct traffic {
    uint64_t messages_in = 0, bytes_in = 0, messages_out = 0, bytes_out = 0;
  };
  const traffic& counted() const noexcept { return traffic_; }

  caf::actor actor;        ///< the connection's actor, null between a crash and the restart
  bool gone = false;       ///< `closed` was called
  uint32_t live_index = 0; ///< place in `unit_services::live`

private:
  struct ending {
    end_reason why;
    uint16_t code;
    std::string text;
  };

  void count_out(const frame& x) noexcept {
    ++traffic_.messages_out;
    traffic_.bytes_out += x.body().size();
  }
  void report_connected(std::chrono::microseconds took) const;
  void report_disconnected() const;
  void wake();
  bool not_decoded(const decode_error& why);
  void serializer_failed(std::string_view why);
  void send_follow_up(const broadcast& x);
  void handle_now(client_message message) noexcept;
  bool route(client_message& message);
  bool over_limit(const client_message& message, std::string_view limit);
  bool finds_no_room(const client_message& message);
  void count_waiting() noexcept;
  bool has_too_many_values(const client_message& message);
  rate_meter::time_point now() const noexcept;
  bool holds_half() const noexcept;

  const endpoint& via_;
  unit_services& unit_;
  session_ptr session_;
  const serializer& format_;
  std::unique_ptr<socket> user_;
  std::string id_;
  share_place place_;          ///< among the connections of its id
  size_t in_flight_ = 0;       ///< messages received and not handled
  size_t in_flight_bytes_ = 0; ///< their bytes
  size_t counted_bytes_ = 0;   ///< those of them that `client_services::waiting_bytes` counts
  std::vector<channel_join_ptr> joins_;
  traffic traffic_;
  uint64_t number_ = 0;
  rate_meter::time_point connected_at_{};
  std::string peer_;
  std::unique_ptr<ending> ending_;          ///< null until the end is near
  const channel_join* undecided_ = nullptr; ///< the join for which the next message waits
  uint16_t close_code_ = 0;                 ///< of the close that follows what waits, or 0
  std::unique_ptr<extras> extras_;
};

using connection_ptr = caf::intrusive_ptr<connection>;

} // namespace bennu::engine
