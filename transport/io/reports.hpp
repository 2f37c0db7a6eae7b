#pragma once

#include <string_view>

#include <caf/actor_system.hpp>

#include "actors/client/limit_hit.hpp"
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// Emits the telemetry event `handler.crashed`: a handler outside of actors has thrown an exception; the loop goes
/// on.
inline void report_handler_exception(const caf::actor_system& system, std::string_view text) {
  if (auto* hub = telemetry::listening(system))
    hub->emit("handler.crashed", {}, {{"text", text}});
}

} // namespace bennu::engine
