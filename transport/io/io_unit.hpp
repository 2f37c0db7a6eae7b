#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <caf/execution_unit.hpp>
#include <caf/fwd.hpp>
#include <caf/intrusive_ptr.hpp>

#include "supervision/process/activity.hpp"
#include "transport/io/poller.hpp"

namespace bennu::engine {

/// One thread, its event loop and its actors: an Asio io_context whose thread is a CAF execution unit.
///
/// A turn of the loop is: sockets that became ready are read, the actors that this made runnable run, then every session
/// that was written to is flushed once. That order is what lets frames coalesce.
///
/// Thread safety: `exec_later`, `post` and `stop` from any thread, everything else from the unit's own.
class io_unit : public caf::execution_unit {
public:
  io_unit(caf::actor_system& system, size_t index, size_t max_throughput);
  ~io_unit() override;

  /// The unit whose thread this is, or null.
  static io_unit* current() noexcept;

  size_t index() const noexcept { return index_; }
  boost::asio::io_context& loop() noexcept { return loop_; }
  poller& sockets() noexcept { return poller_; }

  /// What the unit is doing, for the watchdog.
  activity_slot& activity() noexcept { return activity_; }

  /// Where sockets of this unit are read into; its content is only good until the next read.
  std::array<char, 65536>& read_buffer() noexcept { return read_buffer_; }

  /// Runs an actor soon. It arrives with one reference already added (caf::execution_unit).
  void exec_later(caf::resumable* job) override;

  /// Runs `task` on the unit's thread.
  void post(std::function<void()> task);

  /// Flushes `x` at the end of this turn. REQUIRES: not scheduled yet.
  void flush_later(pollable& x);

  /// The loop; returns after `stop`. An exception of a handler is reported and the loop goes on.
  void run();
  void stop();

  /// Ends what is left in the queues. REQUIRES: `run` has returned.
  void discard_jobs();

private:
  void schedule_turn();
  void turn();
  void run_job(caf::resumable* job);
  void flush_some();
  void take_remote_jobs();

  const size_t index_;
  const size_t max_throughput_;
  boost::asio::io_context loop_{1};
  poller poller_;
  std::deque<caf::resumable*> jobs_;
  std::deque<std::pair<pollable*, keep_alive>> to_flush_;  ///< written to in this turn
  std::deque<std::pair<pollable*, keep_alive>> left_over_; ///< of a fan-out that was too large for one turn
  activity_slot activity_;
  bool turn_scheduled_ = false;
  std::mutex remote_mutex_;
  std::vector<caf::resumable*> remote_jobs_;
  std::array<char, 65536> read_buffer_;
};

} // namespace bennu::engine
