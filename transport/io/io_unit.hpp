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

/// One thread with its event loop and its actors: an Asio io_context whose thread is an execution unit of CAF.
///
/// One turn of the loop reads the sockets that are ready, runs the actors that became ready, and then flushes each
/// session that was written to once. Because of this order, frames for the same client leave together.
///
/// Thread safety: `exec_later`, `post` and `stop` may be called on any thread, the rest only on the thread of the
/// unit.
class io_unit : public caf::execution_unit {
public:
  io_unit(caf::actor_system& system, size_t index, size_t max_throughput);
  ~io_unit() override;

  /// The unit of the current thread, or null.
  static io_unit* current() noexcept;

  size_t index() const noexcept { return index_; }
  boost::asio::io_context& loop() noexcept { return loop_; }
  poller& sockets() noexcept { return poller_; }

  /// What the unit does at the moment, for the watchdog.
  thread_activity& activity() noexcept { return activity_; }

  /// The read buffer of all sockets of this unit. Its content is valid until the next read.
  std::array<char, 65536>& read_buffer() noexcept { return read_buffer_; }

  /// Schedules an actor. The caller has already added a reference for it (caf::execution_unit).
  void exec_later(caf::resumable* job) override;

  /// Runs `task` on the unit's thread.
  void post(std::function<void()> task);

  /// Flushes `x` at the end of this turn. REQUIRES: it is not scheduled yet.
  void flush_later(pollable& x);

  /// Runs the loop until `stop`. An exception of a handler is reported and the loop goes on.
  void run();
  void stop();

  /// Drops what is left in the queues. REQUIRES: `run` has returned.
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
  std::deque<std::pair<pollable*, keep_alive>> to_flush_;  ///< were written to in this turn
  std::deque<std::pair<pollable*, keep_alive>> left_over_; ///< remain from a fan-out that was too large for one turn
  thread_activity activity_;
  bool turn_scheduled_ = false;
  std::mutex remote_mutex_;
  std::vector<caf::resumable*> remote_jobs_;
  std::array<char, 65536> read_buffer_;
};

} // namespace bennu::engine
