#include "transport/io/watchdog.hpp"

#include <algorithm>

#include <caf/actor_system.hpp>

#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

watchdog::watchdog(caf::actor_system& system, std::vector<activity_slot*> slots, std::chrono::milliseconds threshold)
  : system_(system), interval_(std::max(threshold / 4, std::chrono::milliseconds{1})) {
  if (threshold <= threshold.zero())
    return;
  for (auto* slot : slots)
    watched_.push_back({slot, slow_handler{threshold}});
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
    for (std::size_t i = 0; i < watched_.size(); ++i)
      sample(i, watched_[i]);
}

void watchdog::sample(std::size_t unit, watched& x) {
  const auto ticks = x.slot->ticks();
  const auto verdict = x.state.sample(ticks, slow_handler::clock::now());
  auto* hub = verdict == slow_handler::verdict::fine ? nullptr : telemetry::listening(system_);
  if (hub == nullptr)
    return;
  const measurement number{"unit", static_cast<std::int64_t>(unit)};
  const measurement ms{"ms", x.state.ran().count()};
  if (verdict == slow_handler::verdict::over)
    return hub->emit("handler.slow_ended", {number, ms}, {});
  if (const auto what = x.slot->look(ticks))
    hub->emit("handler.slow", {number, {"actor", static_cast<std::int64_t>(what->actor)}, ms},
              {{"label", what->label}, {"topic", what->topic}, {"event", what->event}});
}

} // namespace bennu::engine
