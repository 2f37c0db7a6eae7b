#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/client/connection.hpp"
#include "actors/client/session.hpp"
#include "transport/io/connection_slot.hpp"
#include "transport/io/idle_list.hpp"
#include "transport/io/poller.hpp"
#include "transport/outbox/outbound_queue.hpp"
#include <bennu/transport/http.hpp>

namespace bennu::engine {

class io_unit;
class longpoll_session;
class unit_sockets;

/// The long-polling sessions of one io unit, by id. They belong to its thread.
struct longpoll_table {
  explicit longpoll_table(unit_sockets& of) : home(of) {}

  unit_sockets& home;
  std::unordered_map<std::string, caf::intrusive_ptr<longpoll_session>> sessions;
  std::atomic<size_t> count{0}; ///< how many there are; any thread may read it
};

/// A client that polls: its messages arrive in POSTs, and messages for it wait for its next GET.
///
/// It lives from its first GET until it is closed and its last messages were fetched, or until the client has not
/// polled for one and a half windows. Messages that were given to a poll whose client disconnected wait for the next
/// one. The end is sent a moment after the last messages (`unit_sockets::farewells`), because the official client
/// drops messages that it has not handled yet when it learns of the end. Source: Phoenix.Transports.LongPoll.Server.
/// Thread safety: none; it belongs to one io unit.
class longpoll_session final : public session, public pollable {
public:
  longpoll_session(longpoll_table& table, const endpoint& via, std::string id, std::string token, connection_slot slot);
  ~longpoll_session() override;

  /// Adds itself to the table.
  void start(connection_ptr owner);

  /// Answers with the waiting messages; without any, as soon as there are some, or 204 after the window. An earlier
  /// poll that still waits gets no messages: it waits until its window is over, so that two clients with one token do
  /// not chase each other. When there are more than eight, the oldest is answered 204 immediately. The end of the
  /// session answers all of them 410.
  void poll(http_reply reply);

  /// It is unknown whether the messages of a response arrived: ends the session, so that none is delivered twice or
  /// lost silently. The client's next request finds no session and begins another one.
  void doubtful();

  io_unit& unit() noexcept;

  /// Handles the messages of a POST, at most `max_batch_messages`. Answers 200; 400 with the refused ones; or 413
  /// with how many were handled. While the channels are behind, the answer is delayed, but at most for the window of
  /// a poll, because the official client gives up silently after 20 s. One more POST waits as long before it is
  /// handled. If the channels are still behind then, it is answered 429 and none of it was handled.
  void publish(std::string_view content_type, std::string_view body, http_reply reply);

  // -- session ----------------------------------------------------------------

  void send(frame_ptr x) override;
  void send_control(frame_ptr x) override;
  void close(uint16_t code, std::string_view reason) override;
  void resume_reading() override;
  bool congested() const noexcept override { return outbox_.congested(); }
  size_t waiting_bytes() const noexcept override { return outbox_.data_bytes(); }
  bool is_open() const noexcept override { return state_ == state::open; }
  transport_kind kind() const noexcept override { return transport_kind::longpoll; }

  // -- pollable: only `flush`, for the output of one turn ------------------------

  void on_ready(uint32_t) override {}
  void flush() override;
  void on_failure() override { end(); }
  caf::ref_counted& counted() noexcept override { return *this; }

private:
  /// open → closing (its last messages wait to be fetched) → gone.
  enum class state : uint8_t { open, closing, gone };

  /// A waiting poll and its time limit.
  struct waiting_poll : idle_node {
    waiting_poll(longpoll_session& x, http_reply to) : of(x), reply(std::move(to)) {}
    void on_idle() override { of.window_over(*this); }
    void on_shutdown() override { of.on_shutdown(); }
    longpoll_session& of;
    http_reply reply;
  };

  /// A POST whose answer waits, or that is not handled before the channels have caught up.
  struct waiting_post : idle_node {
    waiting_post(longpoll_session& x, std::string with, http_reply to)
      : of(x), answer(std::move(with)), reply(std::move(to)) {}
    void on_idle() override { of.window_over(*this); }
    void on_shutdown() override { of.on_shutdown(); }
    longpoll_session& of;
    std::string answer; ///< when the channels have caught up
    http_reply reply;
    std::string content_type{}, body{};
  };

  /// What the client has not fetched.
  struct unread_output : buffer_holder {
    explicit unread_output(longpoll_session& x) : of(x) { count_for(x.slot_.of_address.of_key()); }
    void on_shed(std::string_view limit) override { of.drop_unread(limit); }
    size_t recount() override { return of.recount(); }
    longpoll_session& of;
  };

  /// An element of a list of the unit; it calls one member function.
  struct timer : idle_node {
    explicit timer(longpoll_session& x, void (longpoll_session::*f)()) : of(x), on_time(f) {}
    void on_idle() override { (of.*on_time)(); }
    void on_shutdown() override { of.on_shutdown(); }
    longpoll_session& of;
    void (longpoll_session::*on_time)();
  };

  void schedule_flush();
  void count_unread();
  size_t recount();
  void drop_unread(std::string_view limit);
  void supersede_poll();
  void answer_poll(std::vector<frame_ptr> messages);
  void answer_nothing(std::unique_ptr<waiting_poll> to);
  void begin_silence();
  std::vector<frame_ptr> take_messages();
  void told(bool reached, const std::vector<frame_ptr>& messages);
  void window_over(waiting_poll& x);
  void window_over(waiting_post& x);
  std::string handle(std::string_view content_type, std::string_view body);
  void hold(std::string answer, http_reply reply);
  void blame(end_reason why, std::string_view text, uint16_t code = 0);
  void on_shutdown();
  void fell_silent();
  void end();

  longpoll_table& table_;
  unit_sockets& home_;
  const endpoint& via_;
  const std::string id_;
  const std::string token_;
  connection_slot slot_;
  outbound_queue outbox_;
  std::vector<frame_ptr> returned_;       ///< were given to a poll that was lost; they precede the outbox
  size_t answer_bytes_ = 0;               ///< of the answer that is under way, with its messages
  std::unique_ptr<unread_output> unread_; ///< only while much waits for a poll
  connection_ptr connection_;
  std::unique_ptr<waiting_poll> poll_;                    ///< the newest, which gets the messages
  std::vector<std::unique_ptr<waiting_poll>> superseded_; ///< in order of arrival
  bool answer_under_way_ = false; ///< with messages; until it has arrived or is lost nothing may overtake it
  std::vector<std::unique_ptr<waiting_post>> held_; ///< handled; answered when the channels have caught up
  std::unique_ptr<waiting_post> unhandled_;         ///< waits until the channels have caught up
  timer silence_{*this, &longpoll_session::fell_silent};
  timer farewell_{*this, &longpoll_session::end};
  std::chrono::steady_clock::time_point heard_at_{}; ///< when the client received its last messages
  state state_ = state::open;
  bool flush_scheduled_ = false;
};

} // namespace bennu::engine
