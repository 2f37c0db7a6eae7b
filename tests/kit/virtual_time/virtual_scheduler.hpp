#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <caf/local_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <bennu/supervision/process.hpp>

namespace bennu::engine {

/// The label of an actor that is about to run, for the text of a failure.
inline std::string label_of(const caf::resumable* job) {
  if (const auto* x = dynamic_cast<const process*>(job))
    return x->label();
  const auto* x = dynamic_cast<const caf::local_actor*>(job);
  return x != nullptr ? x->name() : "an actor";
}

/// CAF's scheduler for tests, extended so that other threads may enqueue actors, too (the threads of a blocking pool
/// do). They wait for `take_in` on the thread of the test. With CAF's own, both would write to one queue.
class virtual_scheduler : public caf::scheduler::test_coordinator {
public:
  using super = caf::scheduler::test_coordinator;

  explicit virtual_scheduler(caf::actor_system& system) : super(system) {}

  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new virtual_scheduler(system);
  }

  /// Takes over what other threads have enqueued. @returns whether there was anything.
  bool take_in() {
    std::unique_lock guard{mutex_};
    const auto taken = std::exchange(handed_in_, {});
    guard.unlock();
    for (auto* x : taken)
      super::enqueue(x);
    return !taken.empty();
  }

protected:
  void enqueue(caf::resumable* x) override {
    if (std::this_thread::get_id() == home_)
      return super::enqueue(x);
    std::lock_guard guard{mutex_};
    handed_in_.push_back(x);
  }

private:
  const std::thread::id home_ = std::this_thread::get_id();
  std::mutex mutex_;
  std::deque<caf::resumable*> handed_in_;
};

} // namespace bennu::engine
