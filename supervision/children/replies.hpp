#pragma once

#include <utility>

#include <caf/fwd.hpp>
#include <caf/response_promise.hpp>

#include <bennu/supervision/child_recipe.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/restart_intensity.hpp>
#include <bennu/supervision/supervisor_commands.hpp>

namespace bennu::engine {

// How both kinds of supervisors answer commands.

/// A promise for the sender of the message that is handled now; it is not pending when the message is no request.
caf::response_promise promise_for(caf::event_based_actor& self);

/// Answers a request; does nothing for a promise that is not pending.
template <class T>
void answer(caf::response_promise& asker, T&& what) {
  if (asker.pending())
    asker.deliver(std::forward<T>(what));
}

/// Refuses a start: answers the asker, or else calls the child's `given_up` and emits `supervisor.start_refused` (`supervisor`, `id`,
/// `text`), so that no start is dropped in silence.
void refuse(const process& supervisor, caf::response_promise& asker, child_recipe& recipe, caf::error why,
            exit_kind kind);

/// Counts one more child.
void count(child_counts& into, const child_recipe& recipe, bool has_actor);

/// How many more restarts of a child are tolerated at `now`: by its own limit (`own` is null before its first restart), or else by its
/// supervisor's.
std::size_t restarts_left(const child_policy& policy, const restart_intensity* own, const restart_intensity& shared,
                          restart_intensity::time_point now);

} // namespace bennu::engine
