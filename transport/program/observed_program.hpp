#pragma once

#include <functional>

#include "transport/observer/sources.hpp"

namespace bennu {
class application;
} // namespace bennu

namespace bennu::engine {

struct settings;

/// What observers see and do of a program. `drain` asks the main thread to stop it. REQUIRES: `app` and `with` outlive
/// the result.
observer_program observed_program(application& app, const settings& with, std::function<void()> drain);

} // namespace bennu::engine
