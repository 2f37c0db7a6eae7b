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

#include <bennu/supervision/blocking_pool.hpp>

namespace bennu::engine {

using job_number = std::uint64_t;
using worker_number = std::uint64_t;

namespace blocking_message {

/// From a worker: it has begun this job.
struct begun {
  worker_number worker;
  job_number job;
};

/// From a worker: what the job answered.
struct done {
  job_number job;
  caf::message answer;
};

/// From a worker: it is about to end, and may be joined.
struct gone {
  worker_number worker;
};

} // namespace blocking_message

/// What a pool's actor and its threads share. Each thread owns it too, so that a stuck one never looks at freed memory.
///
/// Thread safety: all of it.
class blocking_queue {
public:
  /// Workers tell `owner` what they do; with `tell_begun`, also what they begin.
  blocking_queue(caf::actor_addr owner, bool tell_begun) : owner_(std::move(owner)), tell_begun_(tell_begun) {}

  /// A new thread that takes jobs from `jobs` until it is told to end.
  static std::thread start_worker(std::shared_ptr<blocking_queue> jobs, worker_number worker);

  /// Does it here and now. @returns what it answers.
  static caf::message run(blocking_job job);

  void push(job_number number, blocking_job job);

  /// Tells the workers to end once they have done what they are doing. Jobs that wait are dropped, and named.
  std::vector<job_number> stop();

  /// Tells this worker to end once its job returns.
  void retire(worker_number worker);

  /// No worker tells anybody anything from now on.
  void disown();

  /// The label of what this worker is doing; none when it waits.
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
  std::unordered_map<worker_number, std::string> running_;
  std::unordered_set<worker_number> retired_;
  bool stopping_ = false;
  caf::actor_addr owner_;
  const bool tell_begun_;
};

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::blocking_message::begun)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::blocking_message::done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::blocking_message::gone)
