#pragma once

#include <string_view>

#include <caf/fwd.hpp>

#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// Emits the telemetry event `limit.hit`: a client has reached a limit (`connections`, `outbox`, `send`, `idle`,
/// `descriptors`, `request`, `joins`, `events`, `bytes`, `expiry`, `inbox`, `batch`, `buffers`).
inline void limit_hit(const caf::actor_system& system, std::string_view which) {
  if (auto* hub = telemetry::listening(system))
    hub->emit("limit.hit", {}, {{"limit", which}});
}

} // namespace bennu::engine
