#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace chat {

/// Threads for what blocks or takes long (database, password hashes), so that no io unit ever does.
///
/// The queue is bounded: whoever asks too much hears so at once, instead of waiting behind everybody else.
/// Work that throws is a programming error and ends the program.
/// Thread safety: any thread may call `run`.
class worker_pool {
public:
  /// What a worker does; `worker` says which one runs it, below `threads`.
  using job = std::function<void(size_t worker)>;

  worker_pool(size_t threads, size_t max_waiting);

  /// Does what is still waiting, then joins the threads.
  ~worker_pool();
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// Queues a job. @returns false when `max_waiting` jobs wait already: then nothing happens.
  bool run(job x);

private:
  // Belongs to the threads as well: a job may hold the last reference to the pool's owner, and then the pool is destroyed by
  // one of its own threads, which goes on in here for a moment.
  struct queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<job> waiting;
    bool stopping = false;
  };

  static void work(queue& jobs, size_t worker);

  const size_t max_waiting_;
  std::shared_ptr<queue> queue_ = std::make_shared<queue>();
  std::vector<std::thread> threads_;
};

} // namespace chat
