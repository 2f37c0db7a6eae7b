#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/fwd.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include "supervision/process/activity.hpp"
#include "transport/io/io_unit.hpp"

namespace bennu::engine {

/// Watches the io units from a separate thread and reports a handler that blocks its unit.
///
/// Emits `handler.slow` (`unit`, `actor`, `ms`; `label`, `topic`, `event`) once per handler, while it runs, and
/// `handler.slow_ended` (`unit`, `ms`) when it has returned. It can report such a handler but not end it.
class watchdog {
public:
  /// Starts to watch `threads`, which must outlive it. A `threshold` of zero watches nothing.
  watchdog(caf::actor_system& system, std::vector<thread_activity*> threads, std::chrono::milliseconds threshold);
  ~watchdog();

private:
  struct watched {
    thread_activity* activity;
    slow_handler state;
  };

  void run();
  void sample(size_t unit, watched& x);

  caf::actor_system& system_;
  std::chrono::milliseconds interval_;
  std::vector<watched> watched_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

/// Replaces CAF's scheduler: every actor runs on one of the io units, which also own the sockets.
///
/// Load it with `config.load<bennu::engine::io_scheduler>()` before the actor system is created.
/// `scheduler.max-threads` is the number of units, `scheduler.max-throughput` the number of messages that an actor
/// may handle in a row. `config::slow_handler` is the time after which the watchdog reports a handler.
///
/// An actor that is not pinned runs on the unit whose thread woke it. When the waking thread is not a unit's, the
/// units take turns.
class io_scheduler : public caf::scheduler::abstract_coordinator {
public:
  explicit io_scheduler(caf::actor_system& system);
  ~io_scheduler() override;

  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>);

  /// The scheduler of a system.
  /// @throws std::logic_error when the system was configured without it.
  static io_scheduler& of(caf::actor_system& system);

  size_t unit_count() const noexcept { return units_.size(); }
  io_unit& unit(size_t i) noexcept { return *units_[i]; }
  std::vector<caf::execution_unit*> execution_units();

  void init(caf::actor_system_config& config) override;
  void start() override;
  void stop() override;
  void enqueue(caf::resumable* job) override;
  caf::actor_clock& clock() noexcept override { return clock_; }

private:
  std::vector<std::unique_ptr<io_unit>> units_;
  std::vector<std::thread> threads_;
  caf::detail::thread_safe_actor_clock clock_;
  std::thread clock_thread_;
  std::optional<watchdog> watchdog_;
};

} // namespace bennu::engine
