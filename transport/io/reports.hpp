#pragma once

#include <cstdint>
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

/// Emits `connection.closed`: a client that was connected is no longer. `by` says who ended it: `client`, `server`, or `network`,
/// when nobody said so. `code` is that of RFC 6455 §7.4, 0 when there is none.
inline void report_closed(const caf::actor_system& system, std::string_view transport, std::string_view endpoint,
                          std::string_view by, uint16_t code, std::string_view why) {
  if (auto* hub = telemetry::listening(system))
    hub->emit("connection.closed", {{"code", code}},
              {{"transport", transport}, {"endpoint", endpoint}, {"by", by}, {"why", why}});
}

} // namespace bennu::engine
