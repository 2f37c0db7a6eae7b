#include "apps/chat/worker_pool.hpp"

#include <utility>

namespace chat {

worker_pool::worker_pool(size_t threads, size_t max_waiting) : max_waiting_(max_waiting) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this, i] { work(i); });
}

worker_pool::~worker_pool() {
  {
    std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& x : threads_)
    x.join();
}

bool worker_pool::run(job x) {
  {
    std::lock_guard guard{mutex_};
    if (waiting_.size() >= max_waiting_)
      return false;
    waiting_.push_back(std::move(x));
  }
  changed_.notify_one();
  return true;
}

void worker_pool::work(size_t worker) {
  for (;;) {
    job next;
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty())
        return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    next(worker);
  }
}

} // namespace chat
