#include "supervision/pool/blocking_queue.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_message.hpp>

#include <bennu/supervision/exit.hpp>

namespace bennu::engine {

// Destroys the job too, so that its resources are free before its caller receives the answer.
caf::message blocking_queue::run(blocking_job job) {
  try {
    return job.work();
  } catch (...) {
    return caf::make_message(exits::crash(std::current_exception()));
  }
}

std::thread blocking_queue::start_worker(std::shared_ptr<blocking_queue> jobs, worker_number worker) {
  return std::thread{[jobs = std::move(jobs), worker] { jobs->work(worker); }};
}

void blocking_queue::work(worker_number worker) {
  for (ticket x; next(worker, x);) {
    if (tell_begun_)
      tell(blocking_message::begun{worker, x.number});
    auto answer = run(std::exchange(x.job, {}));
    {
      std::lock_guard guard{mutex_};
      running_.erase(worker);
    }
    tell(blocking_message::done{x.number, std::move(answer)});
  }
  tell(blocking_message::gone{worker});
}

bool blocking_queue::next(worker_number worker, ticket& into) {
  std::unique_lock lock{mutex_};
  ++idle_;
  changed_.wait(lock, [&] { return stopping_ || retired_.contains(worker) || !waiting_.empty(); });
  --idle_;
  if (retired_.erase(worker) > 0 || stopping_)
    return false;
  into = std::move(waiting_.front());
  waiting_.pop_front();
  running_.emplace(worker, into.job.label);
  return true;
}

void blocking_queue::push(job_number number, blocking_job job) {
  {
    std::lock_guard guard{mutex_};
    waiting_.push_back({number, std::move(job)});
  }
  changed_.notify_one();
}

bool blocking_queue::is_short_of_workers() const {
  std::lock_guard guard{mutex_};
  auto leaving = std::ranges::count_if(retired_, [this](auto x) { return !running_.contains(x); });
  return waiting_.size() + static_cast<size_t>(leaving) > idle_;
}

std::vector<job_number> blocking_queue::stop() {
  std::deque<ticket> dropped; // destroyed without the lock, because jobs run foreign code
  {
    std::lock_guard guard{mutex_};
    stopping_ = true;
    dropped.swap(waiting_);
  }
  changed_.notify_all();
  std::vector<job_number> result;
  for (auto& x : dropped)
    result.push_back(x.number);
  return result;
}

void blocking_queue::retire(worker_number worker) {
  {
    std::lock_guard guard{mutex_};
    retired_.insert(worker);
  }
  changed_.notify_all();
}

void blocking_queue::disown() {
  std::lock_guard guard{mutex_};
  owner_ = nullptr;
}

std::optional<std::string> blocking_queue::current_job(worker_number worker) const {
  std::lock_guard guard{mutex_};
  auto found = running_.find(worker);
  return found == running_.end() ? std::nullopt : std::optional{found->second};
}

// Holds the lock, so that no worker uses the actor system after `disown` has returned.
template <class Message>
void blocking_queue::tell(Message x) {
  caf::strong_actor_ptr owner; // released without the lock, because it may be the last reference
  std::lock_guard guard{mutex_};
  owner = caf::actor_cast<caf::strong_actor_ptr>(owner_);
  if (owner)
    owner->enqueue(nullptr, caf::make_message_id(), caf::make_message(std::move(x)), nullptr);
}

} // namespace bennu::engine
