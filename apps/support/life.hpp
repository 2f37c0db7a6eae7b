#pragma once

#include <cstdint>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include "apps/support/app_options.hpp"
#include "apps/support/stop_signals.hpp"

namespace bennu {

/// The life of a program that serves: says `ready PORT` on standard output, and returns when it is asked to stop.
///
/// SIGUSR1 has the supervision tree under `root` written to standard error, as it is at that moment; `--tree` does so once at the start.
/// A child that is stuck is shown as such.
void live_until_stopped(stop_signals& signals, const app_options& options, std::uint16_t port,
                        caf::actor_system& system, const caf::actor& root);

} // namespace bennu
