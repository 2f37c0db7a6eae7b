#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
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
  void work(size_t worker);

  const size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<job> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace chat
