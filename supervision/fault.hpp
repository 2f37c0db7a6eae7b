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

/// What happens on purpose when a rule applies.
enum class fault_action : uint8_t {
  crash,  ///< the handler throws `fault_crash` instead of running
  delay,  ///< the message is handled later; other messages overtake it
  drop,   ///< the message is lost
  refuse, ///< the start of a child fails; the label is the child's id and the event is `start`
};

std::string to_string(fault_action what);

/// The exception of a crash on purpose.
struct fault_crash : std::runtime_error {
  using runtime_error::runtime_error;
};

/// A fault to cause: in which processes, at which messages, how often. A plain value. `parse` reads its text form:
///
///     crash label=room_channel* event=new_msg probability=0.1 seed=7 times=3
///     delay label=connection event=wake time=250
///
/// A label that contains a blank, such as a channel's (class and topic), needs quotes: `label="room_channel room:*"`.
struct fault_rule {
  fault_action what = fault_action::crash;

  /// A pattern for `process::label()`; `*` matches any text. The label of a channel is `room_channel room:lobby`.
  std::string label = "*";

  /// A pattern for the names of the types in a message, or for the event of a channel (`phx_join` for `join`).
  std::string event = "*";

  /// The share of the matching messages that are hit: more than 0, at most 1.
  double probability = 1.0;

  /// Selects the hits: the same seed and the same messages give the same hits.
  uint64_t seed = 1;

  /// After this many hits the rule no longer applies; 0: no limit.
  uint64_t times = 0;

  /// For `delay`: how much later the message is handled.
  std::chrono::milliseconds time{100};

  /// @throws std::invalid_argument with what is wrong and what is allowed.
  static fault_rule parse(std::string_view text);

  friend bool operator==(const fault_rule&, const fault_rule&) = default;
};

std::string to_string(const fault_rule& rule);

/// Whether `text` matches `pattern`: `*` matches any text, all other characters match themselves.
bool matches_pattern(std::string_view pattern, std::string_view text) noexcept;

/// A message that is handled later. The clock sends it to the process.
struct delayed_by_fault {
  std::shared_ptr<caf::mailbox_element> message;
};

/// The fault rules of one actor system, for tests and developers. Each hit is the telemetry event `fault.hit`
/// (`label`, `event`, `rule`; the measurement `hits` is the number of hits of the rule).
///
/// A `process` asks before it handles a message (except exit and down messages), a channel before it handles an
/// event, and a supervisor before it starts a child. Without any rule in the program each question costs one relaxed
/// load.
///
/// Thread safety: any thread may call it.
class fault_points {
public:
  using rule_id = uint64_t;

  fault_points() = default;
  ~fault_points() { clear(); }
  fault_points(const fault_points&) = delete;
  fault_points& operator=(const fault_points&) = delete;

  /// The rules of a system: those in its `bennu::config`, else those of the whole process.
  static fault_points& of(const caf::actor_system& system) noexcept;

  /// Whether any system of this program may have a rule.
  static bool active() noexcept { return active_.load(std::memory_order_relaxed) > 0; }

  /// Adds a rule, which applies from now on. @returns the id for `clear`.
  rule_id set(fault_rule rule);

  /// Removes a rule, or all rules. Messages that a rule has delayed are still handled.
  void clear(rule_id id);
  void clear();

  /// Decides whether a rule applies, and counts and reports the hit. When several rules match, the one that was added
  /// first applies.
  std::optional<fault_rule> hit(caf::actor_system& system, std::string_view label, std::string_view event,
                                bool is_start = false);

  /// Called by code that delays a message: until it is handled, `active()` stays true.
  static void hold() noexcept { active_.fetch_add(1, std::memory_order_relaxed); }
  static void release() noexcept { active_.fetch_sub(1, std::memory_order_relaxed); }

private:
  struct entry {
    rule_id id;
    fault_rule rule;
    uint64_t state; // of the random generator
    uint64_t hits = 0;
  };

  bool chooses(entry& x);

  static std::atomic<int64_t> active_;

  std::mutex mutex_;
  std::vector<entry> rules_;
  rule_id last_id_ = 0;
};

/// For handlers: throws `fault_crash` for a crash, else returns what to do. It costs one relaxed load when there is
/// no rule. It calls `label()` only when there are rules.
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
