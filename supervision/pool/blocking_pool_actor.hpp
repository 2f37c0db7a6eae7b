#pragma once

#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/response_promise.hpp>

#include "supervision/children/child_watch.hpp"
#include "supervision/pool/blocking_queue.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/supervision/blocking_pool.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

namespace blocking_message {

/// From a test: run the jobs that were held back and are so no longer.
struct run_held {
  using local_message = void;
};

/// To itself: the time limit of this job has passed, or (no job) that of the whole pool's stop.
struct time_over {
  using local_message = void;
  worker_number worker = 0;
  job_number job = 0;
};

} // namespace blocking_message

/// The actor of a `blocking_pool`. Accepts `blocking_job`, the messages of its workers, and exit signals, of which it
/// obeys those of its parent (see `obey_parent_alone`).
///
/// Started by its own supervisor (permanent). It never blocks, because a worker reports that it is about to end before
/// it is joined. When the pool is killed, threads that are busy are detached and end with their jobs; every caller is
/// answered.
class blocking_pool_actor : public process {
public:
  blocking_pool_actor(caf::actor_config& cfg, blocking_pool_options options);

  std::string label() const override { return options_.name; }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  struct pending {
    caf::response_promise promise;
    std::string label;
  };

  void take(blocking_job& job);
  void run_in_place(job_number number, blocking_job job);
  void finished(blocking_message::done& x);
  void ended(worker_number worker);
  bool give_up(job_number number, blocking_error why);
  void over(const blocking_message::time_over& x);
  void stop(caf::error reason);
  void start_worker_if_short();
  size_t capacity() const noexcept;
  void leave_behind(worker_number worker);
  void report(const char* event, const std::string& job, const std::string& text = {});

  blocking_pool_options options_;
  std::shared_ptr<blocking_queue> queue_;
  std::unordered_map<worker_number, std::thread> threads_;
  std::unordered_map<job_number, pending> jobs_;          // accepted jobs without an answer
  std::vector<std::pair<job_number, blocking_job>> held_; // by `holds_back`
  worker_number last_worker_ = 0;
  job_number last_job_ = 0;
  size_t left_behind_ = 0;
  bool stopping_ = false;
  caf::error stop_reason_;
};

} // namespace bennu::engine
