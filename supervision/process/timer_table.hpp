#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include <caf/actor_clock.hpp>
#include <caf/message.hpp>

#include "supervision/process/local_message.hpp"

namespace bennu::engine {

/// From the clock to a process: this timer is due.
struct timer_due {
  using local_message = void;
  uint64_t number = 0;
};

/// The timers of one process that are set and not due: a pure value. CAF's clock cannot take a message back, so that it
/// holds only the number of a timer, and a number without an entry is ignored.
class timer_table {
public:
  using time_point = caf::actor_clock::time_point;

  uint64_t set(time_point when, caf::message what) {
    timers_.emplace(++last_, timer{when, std::move(what)});
    return last_;
  }

  /// The message of a timer that is due; nothing when it was cancelled.
  std::optional<caf::message> take(uint64_t number) {
    auto node = timers_.extract(number);
    return node.empty() ? std::nullopt : std::optional{std::move(node.mapped().what)};
  }

  /// Puts back what was taken and could not be handled yet.
  void put_back(uint64_t number, time_point when, caf::message what) {
    timers_.insert_or_assign(number, timer{when, std::move(what)});
  }

  /// The time left; nothing when the timer was due, cancelled, or never set.
  std::optional<std::chrono::nanoseconds> left(uint64_t number, time_point now) const {
    auto i = timers_.find(number);
    if (i == timers_.end())
      return std::nullopt;
    return i->second.when > now ? i->second.when - now : std::chrono::nanoseconds{0};
  }

private:
  struct timer {
    time_point when;
    caf::message what;
  };

  std::unordered_map<uint64_t, timer> timers_;
  uint64_t last_ = 0;
};

} // namespace bennu::engine
