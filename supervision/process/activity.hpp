#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>

namespace bennu::engine {

/// What a thread is busy with: a message of an actor, an event of a channel, a request.
struct activity {
  const std::type_info* type = nullptr; ///< of the actor, channel or socket whose handler runs
  std::uint64_t actor = 0;
  std::string_view topic; ///< or the path of a request
  std::string_view event; ///< or the method of a request
};

/// A copy of an `activity`, which may be kept.
struct activity_report {
  std::string label;
  std::uint64_t actor = 0;
  std::string topic;
  std::string event;
};

/// Where a thread says what it is busy with, so that another may notice a handler that does not return.
///
/// Always on: it costs its thread two atomic writes a handler, reads no clock and copies no text.
///
/// Thread safety: `begin` and `end` are for the thread that owns it; `ticks` and `look` for any other.
class activity_slot {
public:
  /// The slot of this thread; null (the default) when nobody watches it.
  static activity_slot* of_this_thread() noexcept;
  static void set_for_this_thread(activity_slot* slot) noexcept;

  /// What `x` points to must stay as it is until `end` or the next `begin`.
  void begin(const activity& x) noexcept;
  void end() noexcept;

  /// What was begun last. For the owner, between `begin` and `end`.
  const activity& now() const noexcept { return what_; }
  bool is_busy() const noexcept { return (mine_ & busy) != 0; }

  /// Changes with every begin and end; odd while something runs. The same odd value twice means the same handler.
  std::uint64_t ticks() const noexcept { return (word_.load(std::memory_order_acquire) & ~inspected) >> 1; }

  /// A copy of what runs, provided that it is still what ran at `tick`. Its end waits for the copy.
  std::optional<activity_report> look(std::uint64_t tick) noexcept;

private:
  // Bit 0: somebody copies `what_`. The rest is the tick, whose own lowest bit says that something runs.
  static constexpr std::uint64_t inspected = 1;
  static constexpr std::uint64_t busy = 2;

  std::atomic<std::uint64_t> word_{0};
  std::uint64_t mine_ = 0; // `word_` as the owner left it
  activity what_;
};

/// Says that a handler runs for as long as this object lives; one within another takes its place for that time.
class activity_scope {
public:
  explicit activity_scope(const activity& x) noexcept : slot_(activity_slot::of_this_thread()) {
    if (slot_ == nullptr)
      return;
    if (slot_->is_busy())
      outer_ = slot_->now();
    slot_->begin(x);
  }
  ~activity_scope() {
    if (slot_ == nullptr)
      return;
    if (outer_)
      slot_->begin(*outer_);
    else
      slot_->end();
  }
  activity_scope(const activity_scope&) = delete;
  activity_scope& operator=(const activity_scope&) = delete;

private:
  activity_slot* slot_;
  std::optional<activity> outer_;
};

} // namespace bennu::engine
