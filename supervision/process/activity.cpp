#include "supervision/process/activity.hpp"

#include <thread>

#include "supervision/process/crash_report.hpp"

namespace bennu::engine {

namespace {

thread_local thread_activity* activity_of_thread = nullptr;

} // namespace

thread_activity* thread_activity::of_this_thread() noexcept {
  return activity_of_thread;
}

void thread_activity::set_for_this_thread(thread_activity* x) noexcept {
  activity_of_thread = x;
}

void thread_activity::begin(const activity& x) noexcept {
  if (is_busy())
    end();
  what_ = x;
  mine_ += busy;
  word_.store(mine_, std::memory_order_release);
}

void thread_activity::end() noexcept {
  const auto next = mine_ + busy;
  auto expected = mine_;
  while (!word_.compare_exchange_weak(expected, next, std::memory_order_acq_rel)) {
    expected = mine_; // another thread copies the activity that ends here
    std::this_thread::yield();
  }
  mine_ = next;
}

std::optional<activity_report> thread_activity::look(uint64_t tick) noexcept {
  auto word = tick << 1;
  if ((word & busy) == 0 || !word_.compare_exchange_strong(word, word | inspected, std::memory_order_acq_rel))
    return std::nullopt;
  const auto type = what_.type;
  activity_report result{{}, what_.actor, std::string{what_.topic}, std::string{what_.event}};
  word_.store(word, std::memory_order_release);
  if (type != nullptr)
    result.label = type_label(*type);
  return result;
}

} // namespace bennu::engine
