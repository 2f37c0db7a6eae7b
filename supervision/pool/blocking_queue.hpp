#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/message.hpp>

#include "supervision/process/local_message.hpp"
#include <bennu/supervision/blocking_pool.hpp>

namespace bennu::engine {

using job_number = uint64_t;
using worker_number = uint64_t;

namespace blocking_message {

/// A worker's message: it has begun this job.
struct begun {
  using local_message = void;
  worker_number worker;
  job_number job;
};

/// A worker's message: the answer of the job.
struct done {
  using local_message = void;
  job_number job;
  caf::message answer;
};

/// A worker's message: it is about to end and may be joined.
struct gone {
  using local_message = void;
  worker_number worker;
};

} // namespace blocking_message

/// The state that the actor of a pool shares with its threads. Each thread owns it too, so that a stuck thread never
/// reads freed memory.
///
/// Thread safety: all functions may be called on any thread.
class blocking_queue {
public:
  /// Workers report to `owner`; with `tell_begun` also the start of each job.
  blocking_queue(caf::actor_addr owner, bool tell_begun) : owner_(std::move(owner)), tell_begun_(tell_begun) {}

  /// Starts a thread that takes jobs until it is told to end.
  static std::thread start_worker(std::shared_ptr<blocking_queue> jobs, worker_number worker);

  /// Runs the job on the current thread. @returns its answer.
  static caf::message run(blocking_job job);

  void push(job_number number, blocking_job job);

  /// Whether more jobs wait than workers that could take one at once.
  bool is_short_of_workers() const;

  /// Tells the workers to end after their current jobs. Drops the waiting jobs and returns their names.
  std::vector<job_number> stop();

  /// Tells this worker to end after its current job.
  void retire(worker_number worker);

  /// From now on no worker sends a message.
  void disown();

  /// The label of the worker's current job; empty when it waits.
  std::optional<std::string> current_job(worker_number worker) const;

private:
  struct ticket {
    job_number number = 0;
    blocking_job job;
  };

  void work(worker_number worker);
  bool next(worker_number worker, ticket& into);
  template <class Message>
  void tell(Message x);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ticket> waiting_;
  size_t idle_ = 0; // workers that wait for a job
  std::unordered_map<worker_number, std::string> running_;
  std::unordered_set<worker_number> retired_;
  bool stopping_ = false;
  caf::actor_addr owner_;
  const bool tell_begun_;
};

} // namespace bennu::engine
