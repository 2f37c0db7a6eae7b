#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/make_message.hpp>

namespace bennu::engine {
class timer_table;
} // namespace bennu::engine

namespace bennu {

/// A timer that a process has set for itself.
struct timer_ref {
  uint64_t number = 0; ///< unique within its process; 0: no timer
};

/// The base of every Bennu actor: an ordinary CAF actor whose every end is reported and has a reason.
///
/// Accepts what its subclass accepts. An exception in a handler ends it with `exits::crash(what())`,
/// reported as `process.crashed`; an exit signal with a reason other than normal ends it with that reason;
/// a message without a handler, or a DOWN without one, is reported as `process.unexpected`. Nothing is printed.
/// An `on_exit` that throws is reported too, and the actor is dead all the same.
///
/// A kill that comes over a link is the ordinary exit signal `exits::killed()`, as in Erlang: it can be trapped. A kill
/// that is sent (`signal_exit`, `send_exit`) cannot.
///
/// Any actor or thread may spawn it. Its supervisor restarts it, if it has one.
///
/// A mailbox that grows beyond `config::mailbox_alarm` is reported when the process handles its next message (the
/// watchdog reports a handler that does not return): `process.mailbox_high` and `process.mailbox_normal` with `label`;
/// measurements `actor`, `depth`.
///
/// Before each message it asks the fault points (fault.hpp).
///
/// Memory: three pointers, three counters of 32 bits and three flags beside CAF's `event_based_actor`.
///
/// Thread safety: as any CAF actor; `mailbox_depth`, `mailbox_high_water`, `detail` and `is_left_behind` may be read
/// from any thread.
class process : public caf::event_based_actor {
public:
  /// With a `unit`, the actor runs on that unit alone ("pinned").
  explicit process(caf::actor_config& cfg, caf::execution_unit* unit = nullptr);
  ~process() override;

  /// The name of this actor in reports. The default is the name of its class.
  virtual std::string label() const;

  /// What the tree shows of this actor beside its label: numbers that an operator wants to know. Empty by default. It
  /// is called from any thread, while the actor runs or after its end: it must read only atomic values, or use locks.
  virtual std::string detail() const;

  /// How many bytes this actor holds beside its own object, as far as it knows: what its containers and texts occupy.
  /// C++ has no way to ask, so that a subclass adds up what it keeps; 0, the default, means that it does not tell.
  /// Neither the messages in its mailbox nor what it only shares with others belong to it. It is called in the actor,
  /// between two messages and only when somebody looks; it must not block, and should take microseconds.
  /// Source: `Process.info(pid, :memory)`.
  virtual size_t memory() const noexcept { return 0; }

  /// The unit this actor is pinned to, or null.
  caf::execution_unit* unit() const noexcept { return unit_; }

  /// Messages that wait to be handled.
  uint32_t mailbox_depth() const noexcept { return depth_.load(std::memory_order_relaxed); }

  /// The greatest depth so far.
  uint32_t mailbox_high_water() const noexcept { return high_water_.load(std::memory_order_relaxed); }

  /// Marks a process that was killed and whose handler does not return. From here on it counts as dead: its names are
  /// free, and it cannot register again. Only its supervisor calls it, on any thread.
  void leave_behind() noexcept { left_behind_.store(true, std::memory_order_release); }
  /// Whether `leave_behind` was called.
  bool is_left_behind() const noexcept { return left_behind_.load(std::memory_order_acquire); }

  /// What a report says of a message.
  struct message_note {
    std::string what;   ///< the names of its types; for a channel its event
    int64_t bytes = -1; ///< its size where that is known; -1 where not
  };

  /// The message that the running handler was given, for the report of its exception.
  virtual message_note last_message();

  /// The report of the exception that ended this process; null when no exception did, or telemetry had no listener. Its
  /// supervisor reads it after the process has ended.
  struct crash_note {
    std::string label;    ///< as `label()` gave it
    message_note message; ///< which the process was handling
    std::string trace;    ///< where the exception was thrown; empty when the program keeps no traces
  };

  /// See `crash_note`.
  const crash_note* crash() const noexcept { return crash_.get(); }
  /// Bennu calls it when a handler has thrown.
  void note_crash(crash_note x) { crash_ = std::make_unique<crash_note>(std::move(x)); }

  /// After `delay` this process receives the message `xs...`, unless the timer was cancelled or the process ended. OTP:
  /// `erlang:send_after`. Call it in the process. Unlike `delayed_send`, it can be cancelled. A timer keeps the
  /// memory of an ended process for a minute at most.
  template <class... Ts>
  timer_ref send_after(std::chrono::nanoseconds delay, Ts&&... xs) {
    return set_timer(delay, caf::make_message(std::forward<Ts>(xs)...));
  }

  /// Cancels a timer of this process: its message is not received any more. @returns the time that was left, or nothing
  /// when its message has been received already or it was cancelled before. OTP: `erlang:cancel_timer`.
  std::optional<std::chrono::milliseconds> cancel_timer(timer_ref x);

  /// The time left, as `cancel_timer` answers it. OTP: `erlang:read_timer`.
  std::optional<std::chrono::milliseconds> read_timer(timer_ref x) const;

  // -- called by CAF ----------------------------------------------------------

  using caf::event_based_actor::enqueue;
  /// Takes a message into the mailbox and counts it. Any thread may call it.
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* host) override;
  /// Starts the actor, on its unit if it is pinned.
  void launch(caf::execution_unit* host, bool lazy, bool hide) override;
  /// Lets the actor handle up to `max_throughput` messages.
  resume_result resume(caf::execution_unit* host, size_t max_throughput) override;
  /// Handles one message: asks the fault points, and measures its time for the watchdog.
  caf::invoke_message_result consume(caf::mailbox_element& message) override;
  /// Frees what the actor holds, when the last handle is gone.
  void on_destroy() override;

  /// Linking to an actor that has ended gives the exit signal `exits::noproc()`, as in Erlang. (CAF passes on the
  /// reason of its end, which says nothing when it ended normally.)
  void add_link(caf::abstract_actor* other) override;

protected:
  /// With true, messages without a handler wait until there is one. With false, the default, they are reported and
  /// dropped.
  void keep_unhandled(bool keep);

  /// A subclass that handles a message in its own `consume` calls it, so that the message no longer counts as waiting.
  void count_as_handled() noexcept { depth_.fetch_sub(1, std::memory_order_relaxed); }

private:
  caf::invoke_message_result handle(caf::mailbox_element& message);
  static void soften_kill_of_link(caf::mailbox_element& message);
  caf::invoke_message_result handle_with_faults(caf::mailbox_element& message);
  void handle_later(caf::mailbox_element& message, std::chrono::milliseconds time);
  timer_ref set_timer(std::chrono::nanoseconds delay, caf::message what);
  void await_timer(uint64_t number, std::chrono::nanoseconds left);
  caf::invoke_message_result handle_timer(caf::mailbox_element& due);
  void watch_mailbox(uint32_t depth);

  // The depth at which the configured threshold is read for the first time.
  static constexpr uint32_t first_look = 64;

  caf::execution_unit* unit_;
  std::atomic<uint32_t> depth_{0};
  std::atomic<uint32_t> high_water_{0};
  uint32_t alarm_at_ = first_look;
  bool mailbox_is_high_ = false;
  bool is_paused_ = false;
  std::atomic<bool> left_behind_{false};
  std::unique_ptr<crash_note> crash_;
  std::unique_ptr<engine::timer_table> timers_; // made for the first timer
};

/// Sends an exit signal that overtakes the ordinary messages in the mailbox of `whom`.
/// A process ends with `reason`, unless it traps exits; `exits::kill()` cannot be trapped. Does nothing when `whom` is
/// null. Thread safety: any thread may call it.
void signal_exit(const caf::actor& whom, caf::error reason, const caf::actor_addr& from = {});

} // namespace bennu
