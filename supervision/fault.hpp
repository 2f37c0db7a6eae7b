#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>

namespace bennu {

/// What is done on purpose where a rule applies.
enum class fault_action : std::uint8_t {
  crash,  ///< the handler throws `fault_crash` instead of running
  delay,  ///< the message is handled later; others overtake it
  drop,   ///< the message is gone
  refuse, ///< a child's start fails: the label is then the child's id, the event `start`
};

std::string to_string(fault_action what);

/// What a crash on purpose throws.
struct fault_crash : std::runtime_error {
  using runtime_error::runtime_error;
};

/// A fault to be caused: to whom, upon what, how often. A value; its text form is what `parse` takes:
///
///     crash label=room_channel* event=new_msg probability=0.1 seed=7 times=3
///     delay label=connection event=wake time=250
///
/// A label with a blank in it, such as a channel's (its class and its topic), is quoted: `label="room_channel room:*"`.
struct fault_rule {
  fault_action what = fault_action::crash;

  /// Whose messages: a pattern for `process::label()`, in which `*` stands for any text. A channel is `room_channel room:lobby`.
  std::string label = "*";

  /// Which messages: a pattern for the names of the types in a message, or for the name of a channel's event (`phx_join` for `join`).
  std::string event = "*";

  /// Of those messages, which part is hit: more than 0, at most 1.
  double probability = 1.0;

  /// Decides which: the same seed and the same messages give the same hits.
  std::uint64_t seed = 1;

  /// After so many hits the rule does nothing any more; 0: it goes on.
  std::uint64_t times = 0;

  /// For `delay`: how much later.
  std::chrono::milliseconds time{100};

  /// @throws std::invalid_argument with a text that says what is wrong and what is allowed.
  static fault_rule parse(std::string_view text);

  friend bool operator==(const fault_rule&, const fault_rule&) = default;
};

std::string to_string(const fault_rule& rule);

/// Whether a text is what a pattern says: `*` stands for any text, everything else for itself.
bool matches_pattern(std::string_view pattern, std::string_view text) noexcept;

/// A message that is handled later. To a process, from the clock.
struct delayed_by_fault {
  std::shared_ptr<caf::mailbox_element> message;
};

/// The faults that are to be caused in one actor system, for tests and for developers. Each hit is told as `fault.hit`
/// (`label`, `event`, `rule`; measurement `hits`: how many this rule has had).
///
/// Every `process` asks here before it handles a message (exit signals and DOWNs excepted), every channel before it handles an event,
/// every supervisor before it starts a child. With no rule set anywhere in the program each of them costs one relaxed load.
///
/// Thread safety: any thread.
class fault_points {
public:
  using rule_id = std::uint64_t;

  fault_points() = default;
  ~fault_points() { clear(); }
  fault_points(const fault_points&) = delete;
  fault_points& operator=(const fault_points&) = delete;

  /// Those of a system: in its `bennu::config`, else those of the whole process.
  static fault_points& of(const caf::actor_system& system) noexcept;

  /// Whether there may be any rule in any system of this program.
  static bool active() noexcept { return active_.load(std::memory_order_relaxed) > 0; }

  rule_id set(fault_rule rule);
  void clear(rule_id id);
  void clear();

  /// What is to be done with this, if anything; a hit is counted and told. Of several rules the one that was set first wins.
  std::optional<fault_rule> hit(caf::actor_system& system, std::string_view label, std::string_view event,
                                bool is_start = false);

  /// For whoever holds something back: while it does, `active()` stays true.
  static void hold() noexcept { active_.fetch_add(1, std::memory_order_relaxed); }
  static void release() noexcept { active_.fetch_sub(1, std::memory_order_relaxed); }

private:
  struct entry {
    rule_id id;
    fault_rule rule;
    std::uint64_t state; // of the generator
    std::uint64_t hits = 0;
  };

  bool chooses(entry& x);

  static std::atomic<std::int64_t> active_;

  std::mutex mutex_;
  std::vector<entry> rules_;
  rule_id last_id_ = 0;
};

/// For a handler: throws `fault_crash` when this is to crash; else what is to be done. Costs one relaxed load when no rule is set.
/// `label()` gives the label, and is called only when there are rules.
template <class Label>
std::optional<fault_rule> fault_at(caf::actor_system& system, Label label, std::string_view event) {
  if (!fault_points::active())
    return std::nullopt;
  auto rule = fault_points::of(system).hit(system, label(), event);
  if (rule && rule->what == fault_action::crash)
    throw fault_crash{"a fault on purpose: " + to_string(*rule)};
  return rule;
}

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::delayed_by_fault)
