#include "apps/chat/hashing_queue.hpp"

#include <deque>
#include <mutex>
#include <utility>

#include <caf/send.hpp>

namespace chat {

using hashing_job = std::function<void()>;

struct hashing_queue::waiting {
  explicit waiting(limits x) : most(x) {}

  bool add(hashing_work kind, hashing_job x) {
    std::lock_guard guard{mutex};
    auto& queue = kind == hashing_work::sign_in ? sign_ins : sign_ups;
    if (queue.size() >= (kind == hashing_work::sign_in ? most.sign_ins : most.sign_ups))
      return false;
    queue.push_back(std::move(x));
    return true;
  }

  /// The sign-in, or else the sign-up, that has waited for longest.
  hashing_job next() {
    std::lock_guard guard{mutex};
    return take(sign_ins.empty() ? sign_ups : sign_ins, true);
  }

  /// What has the least right to wait.
  hashing_job last() {
    std::lock_guard guard{mutex};
    return take(sign_ups.empty() ? sign_ins : sign_ups, false);
  }

private:
  static hashing_job take(std::deque<hashing_job>& from, bool first) {
    if (from.empty())
      return [] {};
    auto x = std::move(first ? from.front() : from.back());
    first ? from.pop_front() : from.pop_back();
    return x;
  }

  const limits most;
  std::mutex mutex;
  std::deque<hashing_job> sign_ins, sign_ups;
};

/// One job of the pool for each work that waits. A job that is dropped drops one of them.
class hashing_queue::turn {
public:
  explicit turn(std::shared_ptr<waiting> from) : from_(std::move(from)) {}
  ~turn() {
    if (from_)
      from_->last(); // destroyed outside of the lock
  }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

  void operator()() { std::exchange(from_, nullptr)->next()(); }

private:
  std::shared_ptr<waiting> from_;
};

hashing_queue::hashing_queue(limits most)
  : waiting_(std::make_shared<waiting>(most)),
    thread_({.name = "password hashing", .threads = 1, .max_queued = most.sign_ins + most.sign_ups}) {}

void hashing_queue::run(hashing_work kind, hashing_job x) const {
  const auto pool = thread_.handle();
  if (!pool || !waiting_->add(kind, std::move(x)))
    return;
  caf::anon_send(pool,
                 bennu::make_blocking_job([turn = std::make_shared<turn>(waiting_)] { (*turn)(); }, "password hash"));
}

} // namespace chat
