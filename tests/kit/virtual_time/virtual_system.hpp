#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "supervision/children/child_watch.hpp"
#include "tests/kit/virtual_time/virtual_scheduler.hpp"
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// An actor system in virtual time: nothing runs until `settle`, no time passes but by `advance`.
class virtual_system {
public:
  virtual_system() : system_(settings()) {
    cfg_.hub().attach("", [this](const telemetry_event& x) { events_.emplace_back(x.name); });
  }

  ~virtual_system() {
    for (auto& x : roots_)
      signal_exit(x, exits::kill());
    roots_.clear();
    settle();
    scheduler().clock().cancel_all();
    while (system_.registry().running() > 0) { // a thread may be about to hand in its last message
      settle();
      std::this_thread::yield();
    }
  }

  caf::actor_system& system() { return system_; }
  bennu::config& options() { return cfg_; }

  /// Runs every actor that has something to do.
  void settle() {
    if (paused_)
      return;
    do
      scheduler().run();
    while (scheduler().take_in());
  }

  /// While it is paused, `settle` does nothing: messages pile up.
  void pause(bool on) noexcept { paused_ = on; }

  /// Runs one job after another until this holds (true), or nothing is left to run.
  template <class Condition>
  bool step_until(Condition condition) {
    while (!condition())
      if (!scheduler().try_run_once() && !scheduler().take_in())
        return condition();
    return true;
  }

  /// Lets time pass from one timer to the next, so that a timer that one sets when it fires is due within this time,
  /// too.
  void advance(std::chrono::nanoseconds time) {
    settle();
    auto& clock = scheduler().clock();
    const auto end = clock.current_time + time;
    while (clock.has_pending_timeout() && clock.schedule().begin()->first <= end) {
      clock.advance_time(std::max(clock.schedule().begin()->first - clock.current_time, {}));
      settle();
    }
    clock.current_time = end;
  }

  /// Ends it with the test.
  caf::actor own(caf::actor x) {
    roots_.push_back(x);
    settle();
    return x;
  }

  /// How many events of this name were emitted.
  std::ptrdiff_t events(const std::string& name) const { return std::count(events_.begin(), events_.end(), name); }

  /// Sends a request and gives the answer, or the default value with `error()` set.
  template <class Answer, class... Ts>
  Answer ask(const caf::actor& whom, Ts... xs) {
    // Shared with the asker, which may be answered long after this call returns.
    auto answer = std::make_shared<Answer>();
    error_ = {};
    // An argument of its own: without one CAF 0.17.6 binds a reference to a null tuple, which UBSan stops.
    auto ask_it = [&](caf::event_based_actor* self, const caf::actor& target) {
      self->request(target, caf::infinite, xs...)
        .then([answer](Answer& x) { *answer = x; }, [this](caf::error& x) { error_ = x; });
    };
    auto asker = system_.spawn(ask_it, whom);
    settle();
    return *answer;
  }

  /// Sends a request that is answered with an empty message; whether it was. `error()` says why not.
  template <class... Ts>
  bool demand(const caf::actor& whom, Ts... xs) {
    auto done = std::make_shared<bool>(false);
    error_ = {};
    auto demand_it = [&](caf::event_based_actor* self, const caf::actor& target) {
      self->request(target, caf::infinite, xs...).then([done] { *done = true; }, [this](caf::error& x) { error_ = x; });
    };
    auto asker = system_.spawn(demand_it, whom);
    settle();
    return *done;
  }

  const caf::error& error() const { return error_; }

private:
  caf::actor_system_config& settings() {
    cfg_.load<virtual_scheduler>();
    return cfg_;
  }

  virtual_scheduler& scheduler() { return dynamic_cast<virtual_scheduler&>(system_.scheduler()); }

  config cfg_;
  std::vector<std::string> events_;
  caf::error error_;
  bool paused_ = false;
  std::vector<caf::actor> roots_;
  caf::actor_system system_;
};

} // namespace bennu::engine
