#include "apps/chat/worker_pool.hpp"

#include <utility>

namespace chat {

worker_pool::worker_pool(size_t threads, size_t max_waiting) : max_waiting_(max_waiting) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i)
    threads_.emplace_back([jobs = queue_, i] { work(*jobs, i); });
}

worker_pool::~worker_pool() {
  {
    std::lock_guard guard{queue_->mutex};
    queue_->stopping = true;
  }
  queue_->changed.notify_all();
  for (auto& x : threads_) {
    if (x.get_id() == std::this_thread::get_id())
      x.detach(); // a thread cannot wait for itself
    else
      x.join();
  }
}

bool worker_pool::run(job x) {
  {
    std::lock_guard guard{queue_->mutex};
    if (queue_->waiting.size() >= max_waiting_)
      return false;
    queue_->waiting.push_back(std::move(x));
  }
  queue_->changed.notify_one();
  return true;
}

void worker_pool::work(queue& jobs, size_t worker) {
  for (;;) {
    job next;
    {
      std::unique_lock lock{jobs.mutex};
      jobs.changed.wait(lock, [&] { return jobs.stopping || !jobs.waiting.empty(); });
      if (jobs.waiting.empty())
        return;
      next = std::move(jobs.waiting.front());
      jobs.waiting.pop_front();
    }
    next(worker);
  }
}

} // namespace chat
