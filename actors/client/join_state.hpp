#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace bennu::engine {

/// Where one join of one client to one topic stands.
enum class join_phase : uint8_t {
  asked,    ///< The client asked to join. Its next message waits until the channel decides or defers.
  deferred, ///< The channel decides later. Until then it handles nothing but an end.
  joined,   ///< The channel serves the client.
  crashed,  ///< The channel's actor crashed. Its supervisor starts another one, which runs `join` again, or gives up.
  deferred_again, ///< That other actor decides later. The client still counts as joined.
  replaced,       ///< The client joined the topic anew and has no answer yet: what this channel says is held back.
  outlived,       ///< The new join is answered. What this channel still says is sent; `phx_close` follows its end.
  closing,        ///< The channel ended before the new join was answered. `phx_close` follows that answer.
  silenced,       ///< The client joined anew before this join was decided: it is not answered, and sends nothing.
  ended,          ///< The join is over for the client. The channel's actor may still run `terminate`.
};
constexpr size_t join_phase_count = 10;

/// What happens to a join.
enum class join_input : uint8_t {
  accepted,           ///< The channel accepts the client.
  deferred,           ///< The channel decides later.
  refused,            ///< The channel refuses the client, or had no decision in time.
  left,               ///< The channel handles the client's `phx_leave`.
  stopped,            ///< The channel stops: the handler in which it asked for that has returned.
  hung_up,            ///< The channel handles the end of the client's connection, or is not started because of it.
  gave_way,           ///< The channel handles that the client joined anew.
  told_to_exit,       ///< The channel's supervisor, or an actor linked to it, ends it without a crash.
  quit,               ///< The channel's actor ended itself by `self()->quit()`.
  crashed,            ///< The channel's actor crashed, and its supervisor may start another one.
  given_up,           ///< The channel's actor crashed or could not start, and no other one is started.
  actor_gone,         ///< The channel's actor has ended, after everything else that it did.
  replaced,           ///< The client joins the topic anew.
  successor_answered, ///< The join that replaces this one is answered, or over without an answer.
};
constexpr size_t join_input_count = 14;

/// What is done about it.
enum class join_effect : uint8_t {
  none,

  // -- what the client is sent ------------------------------------------------
  answer_ok,      ///< The join's answer: ok.
  answer_error,   ///< The join's answer: error, with what the channel said.
  answer_crashed, ///< The join's answer: error, "join crashed".
  answer_leave,   ///< The answer to `phx_leave`: ok.
  answer_owed,    ///< Every reply that is owed: error, "crashed".
  answer_waiting, ///< For each event that waits: error, "unmatched topic". For each leave: ok.
  drop_waiting,   ///< Events that wait are dropped. For each leave: ok.
  release_held,   ///< What the channel said while the new join had no answer.
  send_close,     ///< `phx_close`
  send_error,     ///< `phx_error`

  // -- what its connection and its topic are told -----------------------------
  subscribe,         ///< Broadcasts of the topic reach the client from now on.
  unsubscribe,       ///< They do not any more.
  free_place,        ///< The join no longer counts among those of its connection; its topic is free.
  release_former,    ///< The join that this one replaced hears `successor_answered`.
  resume_connection, ///< The connection goes on with the client's next message, if it waits for this join.

  // -- what the channel's actor does ------------------------------------------
  tell_replaced,  ///< It handles, after what it is doing, that it must give way.
  tell_restarted, ///< It calls the channel's `restarted`.
  terminate,      ///< It calls the channel's `terminate`.
  end_actor,      ///< It ends.
};

using join_effects = std::span<const join_effect>;

/// What of the things that wait a channel handles now.
enum class join_takes : uint8_t {
  everything, ///< in order
  ends,       ///< a leave or another end, ahead of the events
  nothing,
};

/// What becomes of what a channel says.
enum class join_voice : uint8_t { sent, held, dropped };

/// The life of one join: Phoenix's rules about joins, replies and ends as one plain value.
///
/// `join_state.cpp` is the table of these rules. `channel_join`, `channel_actor` and `connection` carry out its effects in the order
/// given, and keep no flags of their own about the life of a join.
///
/// Invariants
/// 1. A join is answered at most once. It goes without an answer only when the client leaves, hangs up or joins anew before.
/// 2. `phx_close` and `phx_error` are sent at most once, and not both. After that the channel sends only what `terminate` pushes.
/// 3. Once replaced, nothing is sent before the new join's answer.
/// 4. The place in the connection is freed exactly once. What was subscribed is unsubscribed at the same moment.
/// 5. The channel's actor is told once to end; `terminate` runs at most once, and only for a join that was accepted.
///
/// Source: Phoenix.Socket, Phoenix.Channel.Server. Thread safety: none.
class join_state {
public:
  /// Moves on. What has no rule changes nothing.
  /// @returns what is to be done now, in this order.
  join_effects apply(join_input x) noexcept;

  // -- what the channel's actor is doing --------------------------------------

  /// The channel asks for its end: `is_stopping` until `join_input::stopped` is applied.
  void ask_to_stop() noexcept;
  bool is_stopping() const noexcept { return doing_ == activity::stopping; }

  /// The channel waits for work that it gave to a pool; see `takes`.
  void begin_work() noexcept { doing_ = activity::working; }
  void end_work() noexcept;
  bool is_working() const noexcept { return doing_ == activity::working; }

  /// The channel's actor was told to end, or has ended itself.
  bool is_finished() const noexcept { return doing_ == activity::finished; }

  // -- what follows from where it stands --------------------------------------

  join_phase phase() const noexcept { return phase_; }

  /// The channel deferred its decision and may give it now.
  bool is_undecided() const noexcept { return phase_ == join_phase::deferred || phase_ == join_phase::deferred_again; }

  /// `deciding` was possible once: a decision that comes too late is ignored and not a mistake.
  bool is_past() const noexcept { return phase_ >= join_phase::replaced; }

  /// No actor may be started for it.
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
