#include "transport/io/io_unit.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include "supervision/process/crash_report.hpp"
#include "transport/io/connection_slot.hpp"

namespace bennu::engine {

namespace {

thread_local io_unit* this_unit = nullptr;

using clock = std::chrono::steady_clock;

// How long actors run, and afterwards sessions are flushed, before the loop serves its sockets again. Data that
// arrives waits at most for both.
constexpr auto jobs_budget = std::chrono::microseconds{300};
constexpr auto flush_budget = std::chrono::microseconds{300};

// How many jobs or flushes run between two readings of the clock. One reading costs as much as a twentieth of a
// flush.
constexpr size_t between_looks = 8;

// If a turn has at most this many flushes, they go before those that a large fan-out has left over: a reply does not
// wait for a thousand others.
constexpr size_t few = 64;

// Calls `one` until it returns false or the time is over.
template <class F>
void within(std::chrono::microseconds budget, F one) {
  const auto end = clock::now() + budget;
  for (size_t n = 1; one(); ++n)
    if (n % between_looks == 0 && clock::now() >= end)
      return;
}

} // namespace

io_unit::io_unit(caf::actor_system& system, size_t index, size_t max_throughput)
  : caf::execution_unit(&system), index_(index), max_throughput_(max_throughput), poller_(loop_) {
  poller_.start([this] { turn(); }, [this](std::string_view text) { report_handler_exception(this->system(), text); });
}

io_unit::~io_unit() = default;

io_unit* io_unit::current() noexcept {
  return this_unit;
}

void io_unit::exec_later(caf::resumable* job) {
  if (this_unit == this) {
    jobs_.push_back(job);
    schedule_turn();
    return;
  }
  bool first = false;
  {
    std::lock_guard guard{remote_mutex_};
    first = remote_jobs_.empty();
    remote_jobs_.push_back(job);
  }
  if (first)
    boost::asio::post(loop_, [this] {
      take_remote_jobs();
      schedule_turn();
    });
}

void io_unit::take_remote_jobs() {
  std::vector<caf::resumable*> jobs;
  {
    std::lock_guard guard{remote_mutex_};
    jobs.swap(remote_jobs_);
  }
  jobs_.insert(jobs_.end(), jobs.begin(), jobs.end());
}

void io_unit::post(std::function<void()> task) {
  boost::asio::post(loop_, std::move(task));
}

void io_unit::flush_later(pollable& x) {
  to_flush_.emplace_back(&x, keep_alive{&x.counted()});
  schedule_turn();
}

void io_unit::schedule_turn() {
  if (std::exchange(turn_scheduled_, true))
    return;
  boost::asio::post(loop_, [this] { turn(); });
}

void io_unit::turn() {
  turn_scheduled_ = true; // flushes that are added from here on belong to this turn
  within(jobs_budget, [this] {
    if (jobs_.empty())
      return false;
    auto* job = jobs_.front();
    jobs_.pop_front();
    run_job(job);
    return true;
  });
  flush_some();
  turn_scheduled_ = false;
  if (!jobs_.empty() || !to_flush_.empty() || !left_over_.empty())
    schedule_turn();
}

void io_unit::run_job(caf::resumable* job) {
  switch (job->resume(this, max_throughput_)) {
    case caf::resumable::resume_later:
      jobs_.push_back(job);
      break;
    case caf::resumable::done:
    case caf::resumable::awaiting_message:
      caf::intrusive_ptr_release(job);
      break;
    case caf::resumable::shutdown_execution_unit:
      break;
  }
}

void io_unit::flush_some() {
  const auto report = [this](std::string_view text) { report_handler_exception(system(), text); };
  const auto flush_first = [&report](auto& of) {
    if (of.empty())
      return false;
    auto [x, alive] = std::move(of.front());
    of.pop_front();
    guarded(
      *x, [to = x] { to->flush(); }, report);
    return true;
  };
  if (to_flush_.size() <= few) {
    while (flush_first(to_flush_)) {}
  } else {
    std::move(to_flush_.begin(), to_flush_.end(), std::back_inserter(left_over_));
    to_flush_.clear();
  }
  within(flush_budget, [&] { return flush_first(left_over_); });
}

void io_unit::run() {
  this_unit = this;
  thread_activity::set_for_this_thread(&activity_);
  auto keep_running = boost::asio::make_work_guard(loop_);
  for (;;) {
    try {
      loop_.run();
      break;
    } catch (...) {
      report_handler_exception(system(), exception_text());
    }
    turn_scheduled_ = false;
    schedule_turn();
  }
  thread_activity::set_for_this_thread(nullptr);
  this_unit = nullptr;
}

void io_unit::stop() {
  loop_.stop();
}

void io_unit::discard_jobs() {
  take_remote_jobs();
  while (!jobs_.empty()) {
    auto* job = jobs_.front();
    jobs_.pop_front();
    caf::scheduler::abstract_coordinator::cleanup_and_release(job);
  }
  to_flush_.clear();
}

} // namespace bennu::engine
