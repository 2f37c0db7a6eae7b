#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <caf/fwd.hpp>

#include "supervision/process/activity.hpp"
#include "supervision/process/slow_handler.hpp"

namespace bennu::engine {

/// Watches the io units from a separate thread and reports a handler that blocks its unit.
///
/// Emits `handler.slow` (`unit`, `actor`, `ms`; `label`, `topic`, `event`) once per handler, while it runs, and
/// `handler.slow_ended` (`unit`, `ms`) when it has returned. It can report such a handler but not end it.
class watchdog {
public:
  /// Starts to watch `slots`, which must outlive it. A `threshold` of zero watches nothing.
  watchdog(caf::actor_system& system, std::vector<activity_slot*> slots, std::chrono::milliseconds threshold);
  ~watchdog();

private:
  struct watched {
    activity_slot* slot;
    slow_handler state;
  };

  void run();
  void sample(std::size_t unit, watched& x);

  caf::actor_system& system_;
  std::chrono::milliseconds interval_;
  std::vector<watched> watched_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace bennu::engine
