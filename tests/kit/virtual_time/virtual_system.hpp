#pragma once

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
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
    cfg_.hub().attach("*", [this](const telemetry_event& x) {
      events_.emplace_back(x.name);
      if (x.name == "process.crashed")
        last_crash_ = std::string{x.text("label")} + " has crashed: " + std::string{x.text("text")};
    });
  }

  ~virtual_system() {
    ends();
    for (auto& x : roots_)
      signal_exit(x, exits::kill());
    roots_.clear();
    settle();
    scheduler().clock().cancel_all();
    const auto begin = std::chrono::steady_clock::now();
    while (system_.registry().running() > 0) { // a thread may be about to hand in its last message
      settle();
      std::this_thread::yield();
      if (std::chrono::steady_clock::now() - begin > std::chrono::minutes{1}) // CAF would wait for ever
        give_up();
    }
  }

  caf::actor_system& system() { return system_; }
  bennu::config& options() { return cfg_; }

  /// Runs every actor that has something to do.
  /// @throws std::runtime_error when there is no end to it: an actor sends itself one message after another.
  void settle() {
    if (is_paused())
      return;
    size_t jobs = 0;
    do
      while (scheduler().try_run_once())
        if (++jobs >= (ends_ ? most_jobs_at_the_end : most_jobs))
          return never_rests();
    while (scheduler().take_in());
  }

  /// More messages within one instant are no work but an endless loop. A test of the kit sets less.
  static inline size_t most_jobs = 1'000'000;

  /// The test is over: everything runs, and from here on nothing throws.
  void ends() noexcept {
    ends_ = true;
    paused_ = 0;
  }

  /// While it is paused, `settle` does nothing: messages pile up. Each pause needs its own end.
  void pause(bool on) noexcept { paused_ += on ? 1 : -1; }
  bool is_paused() const noexcept { return paused_ > 0; }

  /// @throws std::logic_error while it is paused
  void must_run(std::string_view what) const {
    if (is_paused())
      throw std::logic_error("within at_once nothing runs: call " + std::string{what} + " before or after it");
  }

  /// Runs one job after another until this holds (true), or nothing is left to run.
  template <class Condition>
  bool step_until(Condition condition) {
    for (size_t jobs = 0; !condition() && jobs < most_jobs; ++jobs)
      if (!scheduler().try_run_once() && !scheduler().take_in())
        return condition();
    return condition();
  }

  /// Lets time pass from one timer to the next, so that a timer that one sets when it fires is due within this time,
  /// too.
  void advance(std::chrono::nanoseconds time) {
    must_run("advance");
    settle();
    auto& clock = scheduler().clock();
    const auto end = clock.current_time + time;
    size_t at_one_time = 0;
    while (clock.has_pending_timeout() && clock.schedule().begin()->first <= end) {
      const auto passed = std::max(clock.schedule().begin()->first - clock.current_time, {});
      at_one_time = passed.count() > 0 ? 0 : at_one_time + 1;
      clock.advance_time(passed);
      settle();
      if (at_one_time > most_timers)
        return never_rests();
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

  /// What crashed last, and why; empty: nothing has.
  const std::string& last_crash() const noexcept { return last_crash_; }

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
  static constexpr size_t most_jobs_at_the_end = 10'000;
  static constexpr size_t most_timers = 100'000; ///< one after another, each without a delay

  // The actor that handles the most of the next messages.
  std::string busiest() {
    std::map<std::string, int> handled;
    for (int i = 0; i < 100 && scheduler().has_job(); ++i) {
      ++handled[label_of(scheduler().jobs.front())];
      scheduler().try_run_once();
    }
    const auto most = std::ranges::max_element(handled, {}, [](const auto& x) { return x.second; });
    return most == handled.end() ? "an actor without a delay between its timers" : most->first;
  }

  void never_rests() {
    if (!std::exchange(ends_, true))
      throw std::runtime_error("the actors never come to rest, so that no time can pass: " + busiest()
                               + " handles one message after another");
  }

  [[noreturn]] void give_up() {
    std::cerr << "A test waits for " << system_.registry().running()
              << " actors that do not end, and gives up. The busiest: " << busiest() << std::endl;
    std::abort();
  }

  caf::actor_system_config& settings() {
    cfg_.load<virtual_scheduler>();
    return cfg_;
  }

  virtual_scheduler& scheduler() { return dynamic_cast<virtual_scheduler&>(system_.scheduler()); }

  config cfg_;
  std::vector<std::string> events_;
  std::string last_crash_;
  caf::error error_;
  int paused_ = 0;
  bool ends_ = false;
  std::vector<caf::actor> roots_;
  caf::actor_system system_;
};

} // namespace bennu::engine
