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

/// Calls `f`, which calls the application with data from clients. An exception is reported as
/// `presence.handler_failed {} {callback, topic, text}` and affects nothing else.
void guard_handler(caf::actor_system& system, std::string_view callback, const std::string& topic,
                   const std::function<void()>& f);

/// A diff as clients receive it: with the data of the application's `fetch`, or unchanged when there is no handler,
/// when `fetch` throws, or when it is nested too deep. `handler` may be null.
payload enriched_diff(caf::actor_system& system, presence_handler* handler, const std::string& topic, payload diff);

} // namespace bennu::engine
