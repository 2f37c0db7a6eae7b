#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <caf/response_promise.hpp>

#include <bennu/supervision/child_recipe.hpp>
#include <bennu/supervision/exit.hpp>
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

/// Refuses a start: answers the asker, or else calls the child's `given_up` and emits `supervisor.start_refused`
/// (`supervisor`, `id`, `text`), so that no start is dropped in silence.
void refuse(const process& supervisor, caf::response_promise& asker, child_recipe& recipe, caf::error why,
            exit_kind kind);

/// Counts one more child.
void count(child_counts& into, const child_recipe& recipe, bool has_actor);

/// How many more restarts of a child are tolerated at `now`: by its own limit (`own` is null before its first restart),
/// or else by its supervisor's.
size_t restarts_left(const child_policy& policy, const restart_intensity* own, const restart_intensity& shared,
                     restart_intensity::time_point now);

} // namespace bennu::engine

namespace bennu {
class process;
} // namespace bennu

namespace bennu::engine {

/// `supervisor.child_started`: `supervisor`, `id`.
void report_started(const process& supervisor, const std::string& id);

/// `supervisor.child_terminated`: `supervisor`, `id`, `kind`, `text`; `restarts_left`, before this end is counted. Of a
/// process that an exception ended also `label`, `message` and `trace`, and `bytes`, as `process.crashed` has them.
void report_terminated(const process& supervisor, const std::string& id, const caf::actor& child, const exit_info& why,
                       size_t left);

/// `supervisor.restarted`: the same, and `restarts_left`.
void report_restarted(const process& supervisor, const std::string& id, const exit_info& why, size_t left);

/// `supervisor.given_up`: `supervisor`, `id`, `kind`, `text`.
void report_given_up(const process& supervisor, const std::string& id, const exit_info& why);

/// `supervisor.start_failed`: `supervisor`, `id`, `kind`, `text`.
void report_start_failed(const process& supervisor, const std::string& id, const exit_info& why);

/// `supervisor.shutdown_error`: `supervisor`, `id`, `kind`, `text`. A child that was told to stop ended in another way.
void report_shutdown_error(const process& supervisor, const std::string& id, const exit_info& why);

/// The exit reason of a supervisor that ends because of a child: `shutdown: OUTCOME`, followed for a failed start by
/// the child and the failure, with the chain of causes.
caf::error ended_by(const std::string& supervisor, const std::string& child, const exit_info& why, const char* outcome);

/// A child was killed and did not end: it is left behind (see `process::leave_behind`), and watched no more.
/// `supervisor.zombie`: `supervisor`, `id`.
void abandon(const process& supervisor, const std::string& id, const caf::actor& child);

/// Why a start failed: even a normal end is a failure during a start.
exit_info start_failure(const caf::error& why);

} // namespace bennu::engine
