#include "transport/io/io_scheduler.hpp"

#include <algorithm>
#include <stdexcept>

#include <caf/actor_system.hpp>

#include <bennu/supervision/config.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

watchdog::watchdog(caf::actor_system& system, std::vector<thread_activity*> threads,
                   std::chrono::milliseconds threshold)
  : system_(system), interval_(std::max(threshold / 4, std::chrono::milliseconds{1})) {
  if (threshold <= threshold.zero())
    return;
  for (auto* activity : threads)
    watched_.push_back({activity, slow_handler{threshold}});
  thread_ = std::thread{[this] { run(); }};
}

watchdog::~watchdog() {
  {
    std::lock_guard guard{mutex_};
    stop_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

void watchdog::run() {
  std::unique_lock guard{mutex_};
  while (!stopped_.wait_for(guard, interval_, [this] { return stop_; }))
    for (size_t i = 0; i < watched_.size(); ++i)
      sample(i, watched_[i]);
}

void watchdog::sample(size_t unit, watched& x) {
  const auto ticks = x.activity->ticks();
  const auto verdict = x.state.sample(ticks, slow_handler::clock::now());
  auto* hub = verdict == slow_handler::verdict::fine ? nullptr : telemetry::listening(system_);
  if (hub == nullptr)
    return;
  const auto number = static_cast<int64_t>(unit);
  const auto ms = x.state.ran().count();
  if (verdict == slow_handler::verdict::over)
    return hub->emit("handler.slow_ended", {{"unit", number}, {"ms", ms}}, {});
  if (const auto what = x.activity->look(ticks))
    hub->emit("handler.slow", {{"unit", number}, {"actor", static_cast<int64_t>(what->actor)}, {"ms", ms}},
              {{"label", what->label}, {"topic", what->topic}, {"event", what->event}});
}

io_scheduler::io_scheduler(caf::actor_system& system) : abstract_coordinator(system) {}

io_scheduler::~io_scheduler() = default;

caf::actor_system::module* io_scheduler::make(caf::actor_system& system, caf::detail::type_list<>) {
  return new io_scheduler(system);
}

io_scheduler& io_scheduler::of(caf::actor_system& system) {
  auto* result = dynamic_cast<io_scheduler*>(&system.scheduler());
  if (result == nullptr)
    throw std::logic_error(
      "this actor system runs on CAF's own scheduler: call config.load<bennu::engine::io_scheduler>() "
      "before it is made");
  return *result;
}

std::vector<caf::execution_unit*> io_scheduler::execution_units() {
  std::vector<caf::execution_unit*> result;
  for (auto& x : units_)
    result.push_back(x.get());
  return result;
}

// Other modules enqueue actors before `start`, so that the units must exist already.
void io_scheduler::init(caf::actor_system_config& config) {
  abstract_coordinator::init(config);
  const size_t count = std::max<size_t>(1, num_workers_);
  for (size_t i = 0; i < count; ++i)
    units_.push_back(std::make_unique<io_unit>(system(), i, max_throughput_));
}

void io_scheduler::start() {
  for (auto& unit : units_)
    threads_.emplace_back([this, &unit] {
      system().thread_started();
      unit->run();
      system().thread_terminates();
    });
  clock_thread_ = std::thread{[this] {
    system().thread_started();
    clock_.run_dispatch_loop();
    system().thread_terminates();
  }};
  const auto* own = dynamic_cast<const bennu::config*>(&system().config());
  std::vector<thread_activity*> threads;
  for (auto& unit : units_)
    threads.push_back(&unit->activity());
  watchdog_.emplace(system(), std::move(threads), own != nullptr ? own->slow_handler : std::chrono::milliseconds{0});
  abstract_coordinator::start();
}

void io_scheduler::stop() {
  stop_actors();
  watchdog_.reset();
  for (auto& unit : units_)
    unit->stop();
  for (auto& thread : threads_)
    thread.join();
  for (auto& unit : units_)
    unit->discard_jobs();
  clock_.cancel_dispatch_loop();
  clock_thread_.join();
}

void io_scheduler::enqueue(caf::resumable* job) {
  auto* here = io_unit::current();
  if (here == nullptr || &here->system() != &system())
    here = units_[next_worker_++ % units_.size()].get();
  here->exec_later(job);
}

} // namespace bennu::engine
