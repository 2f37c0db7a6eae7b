#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

namespace bennu::engine {

/// What a thread is doing: it handles a message of an actor, an event of a channel, or a request.
struct activity {
  const std::type_info* type = nullptr; ///< the type of the actor, channel or socket whose handler runs
  uint64_t actor = 0;
  std::string_view topic; ///< or the path of a request
  std::string_view event; ///< or the method of a request
};

/// A copy of an `activity` that stays valid.
struct activity_report {
  std::string label;
  uint64_t actor = 0;
  std::string topic;
  std::string event;
};

/// Shows what its thread is doing, so that another thread can notice a handler that does not return.
///
/// It is always active: a handler costs two atomic writes, no reading of the clock and no copy of a text.
///
/// Thread safety: only the owning thread calls `begin` and `end`; other threads call `ticks` and `look`.
class thread_activity {
public:
  /// That of this thread; null (the default) when no watchdog uses it.
  static thread_activity* of_this_thread() noexcept;
  static void set_for_this_thread(thread_activity* x) noexcept;

  /// REQUIRES: what `x` points to does not change until `end` or the next `begin`.
  void begin(const activity& x) noexcept;
  void end() noexcept;

  /// The current activity. Only for the owning thread, between `begin` and `end`.
  const activity& now() const noexcept { return what_; }
  bool is_busy() const noexcept { return (mine_ & busy) != 0; }

  /// Changes with every `begin` and `end`; odd while a handler runs. The same odd value twice means the same handler.
  uint64_t ticks() const noexcept { return (word_.load(std::memory_order_acquire) & ~inspected) >> 1; }

  /// A copy of the current activity, if it is still the one of `tick`. The end of the activity waits for the copy.
  std::optional<activity_report> look(uint64_t tick) noexcept;

private:
  // Bit 0: another thread is copying `what_`. The other bits are the tick; its lowest bit says that a handler runs.
  static constexpr uint64_t inspected = 1;
  static constexpr uint64_t busy = 2;

  std::atomic<uint64_t> word_{0};
  uint64_t mine_ = 0; // the value of `word_` that the owner wrote last
  activity what_;
};

/// Shows that a handler runs as long as this object lives. A nested one replaces the outer one for its lifetime.
class activity_scope {
public:
  explicit activity_scope(const activity& x) noexcept : activity_(thread_activity::of_this_thread()) {
    if (activity_ == nullptr)
      return;
    if (activity_->is_busy())
      outer_ = activity_->now();
    activity_->begin(x);
  }
  ~activity_scope() {
    if (activity_ == nullptr)
      return;
    if (outer_)
      activity_->begin(*outer_);
    else
      activity_->end();
  }
  activity_scope(const activity_scope&) = delete;
  activity_scope& operator=(const activity_scope&) = delete;

private:
  thread_activity* activity_;
  std::optional<activity> outer_;
};

/// Finds out from samples of a thread's ticks when a handler runs for too long. A pure value.
///
/// A handler that takes less than `threshold` is never reported. One that takes at least a sampling interval longer
/// always is.
class slow_handler {
public:
  using clock = std::chrono::steady_clock;

  enum class verdict : uint8_t {
    fine,
    slow, ///< reported once per handler
    over, ///< the reported handler has ended
  };

  explicit slow_handler(std::chrono::milliseconds threshold) noexcept : threshold_(threshold) {}

  /// Takes the value of `thread_activity::ticks` at `now`.
  verdict sample(uint64_t ticks, clock::time_point now) noexcept {
    if (ticks != last_) {
      const auto was_told = std::exchange(told_, false);
      ran_ = now - since_;
      last_ = ticks;
      since_ = now;
      return was_told ? verdict::over : verdict::fine;
    }
    if (ticks % 2 == 0 || told_ || now - since_ < threshold_)
      return verdict::fine;
    told_ = true;
    ran_ = now - since_;
    return verdict::slow;
  }

  /// How long the handler of the last verdict ran, as far as the samples show.
  std::chrono::milliseconds ran() const noexcept { return std::chrono::duration_cast<std::chrono::milliseconds>(ran_); }

private:
  std::chrono::milliseconds threshold_;
  uint64_t last_ = 0;
  clock::time_point since_;
  clock::duration ran_{0};
  bool told_ = false;
};

} // namespace bennu::engine
