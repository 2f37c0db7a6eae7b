#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace bennu::engine {

/// The phase of one client's join of one topic.
enum class join_phase : uint8_t {
  asked,    ///< The client asked to join. Its next message waits until the channel decides or defers.
  deferred, ///< The channel decides later. Until then it handles nothing but an end.
  joined,   ///< The channel serves the client.
  crashed,  ///< The channel's actor crashed. Its supervisor starts another one, which runs `join` again, or gives up.
  deferred_again, ///< That other actor decides later. The client still counts as joined.
  replaced,       ///< The client rejoined and has no answer yet: what this channel sends is held back.
  outlived,       ///< The new join is answered. What this channel still sends goes out; `phx_close` follows its end.
  closing,        ///< The channel ended before the new join was answered. `phx_close` follows that answer.
  silenced,       ///< The client rejoined before this join was decided: it gets no answer and sends nothing.
  ended,          ///< The join is over for the client. The channel's actor may still run `terminate`.
};
constexpr size_t join_phase_count = 10;

/// What happens to a join.
enum class join_input : uint8_t {
  accepted,           ///< The channel accepts the client.
  deferred,           ///< The channel decides later.
  refused,            ///< The channel refuses the client, or had no decision in time.
  left,               ///< The channel handles the client's `phx_leave`.
  stopped,            ///< The channel stops: the handler that called `stop` has returned.
  hung_up,            ///< The channel handles the end of the client's connection, or is not started because of it.
  gave_way,           ///< The channel handles that the client rejoined.
  told_to_exit,       ///< The channel's supervisor, or an actor linked to it, ends it without a crash.
  quit,               ///< The channel's actor ended itself by `self()->quit()`.
  crashed,            ///< The channel's actor crashed, and its supervisor may start another one.
  given_up,           ///< The channel's actor crashed or could not start, and no other one is started.
  actor_gone,         ///< The channel's actor has ended, after everything else that it did.
  replaced,           ///< The client rejoins the topic.
  successor_answered, ///< The join that replaces this one is answered, or has ended without an answer.
};
constexpr size_t join_input_count = 14;

/// What must be done after an input.
enum class join_effect : uint8_t {
  none,

  // -- what the client receives -------------------------------------------------
  answer_ok,      ///< The join's answer: ok.
  recover,        ///< The messages of the topic's history that the client missed.
  answer_error,   ///< The join's answer: error, with the channel's response.
  answer_crashed, ///< The join's answer: error, "join crashed".
  answer_leave,   ///< The answer to `phx_leave`: ok.
  answer_owed,    ///< Every reply that is owed: error, "crashed".
  answer_waiting, ///< Each waiting event gets the error "unmatched topic", each waiting leave ok.
  drop_waiting,   ///< Waiting events are dropped; each waiting leave gets ok.
  release_held,   ///< Sends what the channel sent while the new join had no answer.
  send_close,     ///< `phx_close`
  send_error,     ///< `phx_error`

  // -- what its connection and its topic learn ----------------------------------
  subscribe,         ///< From now on broadcasts reach the client: of the topic, and of its other subscriptions.
  unsubscribe,       ///< From now on they do not.
  free_place,        ///< The join no longer counts among those of its connection; its topic is free.
  release_former,    ///< Applies `successor_answered` to the join that this one replaced.
  resume_connection, ///< The connection continues with the client's next message, if that waits for this join.

  // -- what the channel's actor does ------------------------------------------
  tell_replaced,  ///< After its current work it handles that the client rejoined.
  tell_restarted, ///< It calls the channel's `restarted`.
  terminate,      ///< It calls the channel's `terminate`.
  end_actor,      ///< It ends.
};

using join_effects = std::span<const join_effect>;

/// Which of the waiting items a channel handles now.
enum class join_takes : uint8_t {
  everything, ///< in order
  ends,       ///< a leave or another end, ahead of the events
  nothing,
};

/// What happens to the messages that a channel sends.
enum class join_voice : uint8_t { sent, held, dropped };

/// The life of one join: Phoenix's rules about joins, replies and ends as a plain value.
///
/// `join_state.cpp` is the table of these rules. `channel_join`, `channel_actor` and `connection` carry out the
/// effects in order and keep no flags about the life of a join.
///
/// Invariants
/// 1. A join is answered at most once. It gets no answer only when the client leaves, disconnects or rejoins before.
/// 2. `phx_close` and `phx_error` are sent at most once, and not both. Afterwards the channel sends only what
///    `terminate` pushes.
/// 3. After it was replaced, nothing is sent before the answer to the new join.
/// 4. Its place in the connection is freed exactly once, and a subscription ends at the same moment.
/// 5. The channel's actor is told to end once. `terminate` runs at most once, and only for an accepted join.
///
/// Source: Phoenix.Socket, Phoenix.Channel.Server. Thread safety: none.
class join_state {
public:
  /// Applies an input. An input without a rule changes nothing.
  /// @returns the effects to carry out, in order.
  join_effects apply(join_input x) noexcept;

  // -- what the channel's actor does ---------------------------------------------

  /// The channel called `stop`; `is_stopping` until `join_input::stopped` is applied.
  void ask_to_stop() noexcept;
  bool is_stopping() const noexcept { return doing_ == activity::stopping; }

  /// The channel waits for blocking work; see `takes`.
  void begin_work() noexcept { doing_ = activity::working; }
  void end_work() noexcept;
  bool is_working() const noexcept { return doing_ == activity::working; }

  /// The channel's actor was told to end, or has ended itself.
  bool is_finished() const noexcept { return doing_ == activity::finished; }

  // -- what follows from the phase ----------------------------------------------

  join_phase phase() const noexcept { return phase_; }

  /// The channel has deferred its decision and may decide now.
  bool is_undecided() const noexcept { return phase_ == join_phase::deferred || phase_ == join_phase::deferred_again; }

  /// The channel has neither accepted nor refused the client, which therefore has not joined.
  bool is_awaited() const noexcept { return phase_ == join_phase::asked || phase_ == join_phase::deferred; }

  /// The client does not wait for a decision any more: a late one is ignored, and is not an error.
  bool is_past() const noexcept { return phase_ >= join_phase::replaced; }

  /// The client counts as joined: it receives broadcasts, also between a crash of the channel and its restart.
  bool is_served() const noexcept {
    return phase_ == join_phase::joined || phase_ == join_phase::crashed || phase_ == join_phase::deferred_again;
  }

  /// No actor may start for it.
  bool is_over() const noexcept { return phase_ == join_phase::closing || phase_ == join_phase::ended; }

  join_takes takes() const noexcept;
  join_voice voice() const noexcept;

private:
  enum class activity : uint8_t { serving, working, stopping, finished };

  join_phase phase_ = join_phase::asked;
  activity doing_ = activity::serving;
};

std::string_view to_string(join_phase x) noexcept;
std::string_view to_string(join_input x) noexcept;

} // namespace bennu::engine
