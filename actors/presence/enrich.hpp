#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <caf/fwd.hpp>

#include <bennu/actors/payload.hpp>

namespace bennu {
class presence_handler;
} // namespace bennu

namespace bennu::engine {

/// Calls `f`, which calls the application. It sees what clients said: what it throws is reported as `presence.handler_failed {} {callback,
/// topic, text}`, and harms nobody else.
void guard_handler(caf::actor_system& system, std::string_view callback, const std::string& topic,
                   const std::function<void()>& f);

/// A diff as clients get it: with what the application's `fetch` adds to it, or as it is without a handler, when `fetch` throws, and when it
/// is nested too deep. `handler` may be null.
payload enriched_diff(caf::actor_system& system, presence_handler* handler, const std::string& topic, payload diff);

} // namespace bennu::engine
