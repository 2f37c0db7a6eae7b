#pragma once

#include <cstddef>
#include <string>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <bennu/supervision/exit.hpp>

namespace bennu {
class process;
} // namespace bennu

namespace bennu::engine {

/// `supervisor.child_started`: `supervisor`, `id`.
void report_started(const process& supervisor, const std::string& id);

/// `supervisor.child_terminated`: `supervisor`, `id`, `kind`, `text`; `restarts_left`, before this end is counted. Of a process that
/// an exception ended also `label`, `message` and `trace`, and `bytes`, as `process.crashed` has them.
void report_terminated(const process& supervisor, const std::string& id, const caf::actor& child, const exit_info& why,
                       std::size_t left);

/// `supervisor.restarted`: the same, and `restarts_left`.
void report_restarted(const process& supervisor, const std::string& id, const exit_info& why, std::size_t left);

/// `supervisor.given_up`: `supervisor`, `id`, `kind`, `text`.
void report_given_up(const process& supervisor, const std::string& id, const exit_info& why);

/// `supervisor.start_failed`: `supervisor`, `id`, `kind`, `text`.
void report_start_failed(const process& supervisor, const std::string& id, const exit_info& why);

/// `supervisor.shutdown_error`: `supervisor`, `id`, `kind`, `text`. A child that was told to stop ended otherwise.
void report_shutdown_error(const process& supervisor, const std::string& id, const exit_info& why);

/// `supervisor.exit_ignored`: `supervisor`, `from` (the sender's number; 0: none), `kind`, `text`. An exit signal that does not come from
/// the supervisor's parent.
void report_exit_ignored(const process& supervisor, const caf::exit_msg& x);

/// The exit reason of a supervisor that ends because of a child: `shutdown: OUTCOME`, followed for a failed start by the child and the
/// failure, with the chain of causes.
caf::error ended_by(const std::string& supervisor, const std::string& child, const exit_info& why, const char* outcome);

/// A child was killed and did not end: it is left behind (see `process::leave_behind`), and watched no more.
/// `supervisor.zombie`: `supervisor`, `id`.
void abandon(const process& supervisor, const std::string& id, const caf::actor& child);

/// Why a start failed: even a normal end is a failure during a start.
exit_info start_failure(const caf::error& why);

} // namespace bennu::engine
