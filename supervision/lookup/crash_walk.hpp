#pragma once

#include <functional>

#include <caf/fwd.hpp>

#include <bennu/supervision/fault.hpp>

namespace bennu::engine {

/// Lets each process under `root` for which `occasion` has a rule crash, without waiting for a message of its own. Each
/// process compares its label itself, on its thread. Calls `done` once, on the thread of an actor, when all of them
/// have the message.
///
/// Thread safety: any thread may call it.
void offer_crash(caf::actor_system& system, const caf::actor& root, fault_occasion occasion,
                 std::function<void()> done);

} // namespace bennu::engine
