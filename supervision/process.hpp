#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <caf/event_based_actor.hpp>

namespace bennu {

/// The base of every Bennu actor: an ordinary CAF actor that ends well.
///
/// Accepts what its subclass accepts. An exception in a handler ends it with `exits::crash(what())`,
/// reported as `process.crashed`; an exit signal with a reason other than normal ends it with that reason;
/// a message without a handler, or a DOWN without one, is reported as `process.unexpected`. Nothing is printed.
/// An `on_exit` that throws is reported too, and the actor is dead all the same.
///
/// Started by anybody; restarted by its supervisor, if it has one.
///
/// Memory: a pointer and two counters of 32 bits beside CAF's `event_based_actor`.
///
/// Thread safety: as any CAF actor; `mailbox_depth` and `mailbox_high_water` may be read from any thread.
class process : public caf::event_based_actor {
public:
  /// With a `unit`, the actor runs on that unit alone ("pinned").
  explicit process(caf::actor_config& cfg, caf::execution_unit* unit = nullptr);

  /// What to call this actor in reports. The default is the name of its class.
  virtual std::string label() const;

  /// The unit this actor is pinned to, or null.
  caf::execution_unit* unit() const noexcept { return unit_; }

  /// Messages that wait to be handled.
  std::uint32_t mailbox_depth() const noexcept { return depth_.load(std::memory_order_relaxed); }

  /// The greatest depth so far (seen by a message as it came in).
  std::uint32_t mailbox_high_water() const noexcept { return high_water_.load(std::memory_order_relaxed); }

  using caf::event_based_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* host) override;
  void launch(caf::execution_unit* host, bool lazy, bool hide) override;
  resume_result resume(caf::execution_unit* host, std::size_t max_throughput) override;
  caf::invoke_message_result consume(caf::mailbox_element& message) override;
  void on_destroy() override;

protected:
  /// Whether messages without a handler wait until there is one, or (as at first) are reported and dropped.
  void keep_unhandled(bool keep);

private:
  caf::execution_unit* unit_;
  std::atomic<std::uint32_t> depth_{0};
  std::atomic<std::uint32_t> high_water_{0};
};

/// Sends an exit signal that overtakes the ordinary messages in the mailbox of `whom`.
/// A process ends with `reason`, unless it traps exits; `exits::kill()` cannot be trapped.
void signal_exit(const caf::actor& whom, caf::error reason, const caf::actor_addr& from = {});

} // namespace bennu
