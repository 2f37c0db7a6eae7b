#pragma once

#include <functional>
#include <memory>

#include "transport/observer/sources.hpp"

namespace bennu {
class application;
} // namespace bennu

namespace bennu::engine {

class log_ring;
class observed_faults;
struct settings;

/// What observers see and do of a program. `drain` asks the main thread to stop it. REQUIRES: `app` and `with` outlive
/// the result.
observer_program observed_program(application& app, const settings& with, std::function<void()> drain,
                                  std::shared_ptr<observed_faults> faults);

/// From now on the lines of the log go into `to`, too. Other threads may log meanwhile.
void copy_log_lines(std::shared_ptr<log_ring> to);

} // namespace bennu::engine
