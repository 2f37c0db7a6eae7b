#include "actors/client/join_state.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace bennu::engine {

namespace rules {

template <class T>
struct any_of {
  constexpr any_of(T x) : bits(1U << static_cast<unsigned>(x)) {}
  constexpr any_of(std::initializer_list<T> xs) {
    for (auto x : xs)
      bits |= 1U << static_cast<unsigned>(x);
  }
  constexpr bool contains(T x) const noexcept { return (bits >> static_cast<unsigned>(x) & 1U) != 0; }
  unsigned bits = 0;
};

/// A rule: in one of the phases `from`, one of the inputs `input` leads to the phase `to`, and the effects are
/// carried out.
struct rule {
  any_of<join_phase> from;
  any_of<join_input> input;
  join_phase to;
  std::array<join_effect, 8> effects{};
};

using on = join_input;
using at = join_phase;
using enum join_effect;

constexpr any_of<at> undecided{at::asked, at::deferred};
constexpr any_of<at> served{at::joined, at::deferred_again};
constexpr any_of<at> counted{at::joined, at::crashed, at::deferred_again};
constexpr any_of<on> lost{on::crashed, on::given_up, on::actor_gone};
constexpr any_of<on> told_to_end{on::gave_way, on::stopped, on::hung_up, on::told_to_exit};

constexpr rule all[] = {
  // Before the decision: the input answers the join. An earlier join of the topic is closed after that answer.
  {undecided, on::accepted, at::joined, {subscribe, answer_ok, recover, release_former, resume_connection}},
  {at::asked, on::deferred, at::deferred, {resume_connection}},
  {undecided,
   {on::refused, on::stopped},
   at::ended,
   {answer_error, release_former, free_place, answer_waiting, resume_connection, end_actor}},
  {undecided,
   on::told_to_exit,
   at::ended,
   {answer_crashed, release_former, free_place, answer_waiting, resume_connection, end_actor}},
  {undecided,
   {on::crashed, on::given_up, on::quit},
   at::ended,
   {answer_crashed, release_former, free_place, answer_waiting, resume_connection}},
  {undecided,
   on::left,
   at::ended,
   {answer_leave, release_former, free_place, answer_waiting, resume_connection, end_actor}},
  {undecided, on::hung_up, at::ended, {release_former, free_place, answer_waiting, resume_connection, end_actor}},
  {undecided, on::replaced, at::silenced, {free_place, drop_waiting, resume_connection, tell_replaced}},

  // A joined channel ends: a leave is answered first. A stop is sent as `phx_close`, an end that the client did not
  // request as `phx_error`.
  {served,
   on::left,
   at::ended,
   {answer_leave, send_close, unsubscribe, free_place, answer_waiting, terminate, end_actor}},
  {served, on::stopped, at::ended, {send_close, unsubscribe, free_place, answer_waiting, terminate, end_actor}},
  {served, on::told_to_exit, at::ended, {send_error, unsubscribe, free_place, answer_waiting, terminate, end_actor}},
  {served, on::hung_up, at::ended, {unsubscribe, free_place, answer_waiting, terminate, end_actor}},
  {counted, on::quit, at::ended, {send_close, unsubscribe, free_place, answer_waiting, terminate}},

  // A crash: the client stays joined while another actor starts in place, and the waiting items are kept for it.
  {counted, on::crashed, at::crashed, {answer_owed}},
  {counted, on::given_up, at::ended, {send_error, unsubscribe, free_place, answer_waiting}},
  {at::crashed, on::hung_up, at::ended, {unsubscribe, free_place, answer_waiting}},
  {at::crashed, on::deferred, at::deferred_again, {}},
  {{at::crashed, at::deferred_again}, on::accepted, at::joined, {tell_restarted}},
  {{at::crashed, at::deferred_again},
   on::refused,
   at::ended,
   {send_error, unsubscribe, free_place, answer_waiting, end_actor}},

  // The client rejoins: the earlier channel ends after its current work. The client receives its end after the answer
  // to the new join.
  {served, on::replaced, at::replaced, {unsubscribe, free_place, drop_waiting, tell_replaced}},
  {at::crashed, on::replaced, at::closing, {unsubscribe, free_place, drop_waiting}},
  {at::replaced, told_to_end, at::replaced, {terminate, end_actor}},
  {at::replaced, on::quit, at::replaced, {terminate}},
  {at::replaced, lost, at::closing, {}},
  {at::replaced, on::successor_answered, at::outlived, {release_held}},
  {at::outlived, told_to_end, at::outlived, {terminate, end_actor}},
  {at::outlived, on::quit, at::outlived, {terminate}},
  {at::outlived, lost, at::ended, {send_close}},
  {at::closing, on::successor_answered, at::ended, {release_held, send_close}},
  {at::silenced, told_to_end, at::ended, {end_actor}},
  {at::silenced, {on::quit, on::crashed, on::given_up, on::actor_gone}, at::ended, {}},
};

/// The inputs that are possible after the channel's actor was told to end.
constexpr any_of<on> after_the_end{on::actor_gone, on::successor_answered};

} // namespace rules

join_effects join_state::apply(join_input x) noexcept {
  if (is_finished() && !rules::after_the_end.contains(x))
    return {};
  const auto* found = std::find_if(std::begin(rules::all), std::end(rules::all), [&](const rules::rule& r) {
    return r.from.contains(phase_) && r.input.contains(x);
  });
  // Another actor starts again.
  if (x == join_input::crashed)
    doing_ = activity::serving;
  if (found == std::end(rules::all))
    return {};
  phase_ = found->to;
  const auto* last = std::find(found->effects.begin(), found->effects.end(), join_effect::none);
  const join_effects result{found->effects.begin(), last};
  if (x == join_input::quit || std::find(result.begin(), result.end(), join_effect::end_actor) != result.end())
    doing_ = activity::finished;
  return result;
}

void join_state::ask_to_stop() noexcept {
  if (!is_finished())
    doing_ = activity::stopping;
}

void join_state::end_work() noexcept {
  if (is_working())
    doing_ = activity::serving;
}

join_takes join_state::takes() const noexcept {
  if (is_finished() || is_stopping())
    return join_takes::nothing;
  switch (phase_) {
    case join_phase::asked:
    case join_phase::crashed:
    case join_phase::closing:
    case join_phase::ended:
      return join_takes::nothing;
    case join_phase::deferred:
    case join_phase::deferred_again:
      return join_takes::ends;
    case join_phase::joined:
      return is_working() ? join_takes::nothing : join_takes::everything;
    case join_phase::replaced:
    case join_phase::outlived:
    case join_phase::silenced: // the result of its work would be discarded, so it ends immediately
      return join_takes::everything;
  }
  return join_takes::nothing;
}

join_voice join_state::voice() const noexcept {
  switch (phase_) {
    case join_phase::replaced:
    case join_phase::closing:
      return join_voice::held;
    case join_phase::silenced:
      return join_voice::dropped;
    default:
      return join_voice::sent;
  }
}

std::string_view to_string(join_phase x) noexcept {
  constexpr std::string_view names[] = {"asked",    "deferred", "joined",  "crashed",  "deferred_again",
                                        "replaced", "outlived", "closing", "silenced", "ended"};
  return names[static_cast<size_t>(x)];
}

std::string_view to_string(join_input x) noexcept {
  constexpr std::string_view names[] = {"accepted", "deferred",          "refused", "left",    "stopped",  "hung_up",
                                        "gave_way", "told_to_exit",      "quit",    "crashed", "given_up", "actor_gone",
                                        "replaced", "successor_answered"};
  return names[static_cast<size_t>(x)];
}

} // namespace bennu::engine
