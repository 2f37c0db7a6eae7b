#pragma once

#include "apps/support/app_options.hpp"
#include "apps/support/stop_signals.hpp"

namespace bennu {

class application;

/// The life of a program that serves: says `ready PORT` on standard output, and returns when it is asked to stop.
///
/// SIGHUP has the certificate read again when there is one, and ends the program when there is none.
/// SIGUSR1 has the supervision tree written to standard error, as it is at that moment; `--tree` does so once at the start.
/// A child that is stuck is shown as such. With `--tree json` each is one line of JSON (see tree_json.hpp).
///
/// In dev mode reports of crashes carry a trace of the throw from here on, and the faults of the options are caused.
void live_until_stopped(stop_signals& signals, const app_options& options, application& app);

} // namespace bennu
