#pragma once

#include <string_view>

#include <caf/actor_system.hpp>

#include "actors/client/limit_hit.hpp"
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// Emits `handler.crashed`: an exception left a handler that is no actor's; the loop goes on.
inline void report_handler_exception(const caf::actor_system& system, std::string_view text) {
  if (auto* hub = telemetry::listening(system))
    hub->emit("handler.crashed", {}, {{"text", text}});
}

} // namespace bennu::engine
