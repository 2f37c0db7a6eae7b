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

/// What goes wrong on purpose. The words are the same in unit tests, in simulations, for `--fault`, and in the
/// scenarios of `bennu-node chaos`. The first five happen where a program asks its `fault_points`, and a `fault_rule`
/// says where; the others happen to a whole node or link, and a `fault` describes them.
enum class fault_action : uint8_t {
  crash,     ///< the handler throws `fault_crash` instead of running
  delay,     ///< the message is handled later; other messages overtake it
  drop,      ///< the message is lost
  refuse,    ///< the start of a child fails; the label is the child's id and the event is `start`
  full_disk, ///< a file cannot be written, as after ENOSPC; the label is what is written: `log`
  cut,       ///< two nodes hear nothing of each other
  slow,      ///< what a node receives from another arrives later, in order
  pause,     ///< a whole node does nothing for a time (SIGSTOP)
  kill,      ///< a node ends at once, without a word to anybody (SIGKILL)
  clock,     ///< the wall clock of a node jumps
};

/// The word of the vocabulary, such as `full_disk`.
std::string to_string(fault_action what);

/// The word as an action. @returns nothing for any other word.
std::optional<fault_action> fault_action_of(std::string_view word) noexcept;

/// Whether fault points cause it, so that a `fault_rule` can describe it.
constexpr bool is_for_rules(fault_action what) noexcept {
  return what <= fault_action::full_disk;
}

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
  fault_action what = fault_action::crash; ///< what happens; what fault points cause is one of the first five actions

  /// A pattern for `process::label()`; `*` matches any text. The label of a channel is `room_channel room:lobby`.
  std::string label = "*";

  /// A pattern for the names of the types in a message, or for the event of a channel (`phx_join` for `join`). A
  /// `full_disk` has the event `write`.
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

  /// @throws std::invalid_argument like `parse` when the members contradict each other.
  void check() const;

  friend bool operator==(const fault_rule&, const fault_rule&) = default;
};

/// The text from which `parse` makes this rule again.
std::string to_string(const fault_rule& rule);

/// A fault of a node or of a link. A plain value, whose JSON form is in scenarios and on the control socket of a node:
///
///     {"fault": "crash", "node": "a", "label": "room_channel*", "event": "new_msg", "times": 1}
///     {"fault": "slow", "node": "a", "peer": "b", "time": 200}
struct fault {
  /// What happens; for actions that fault points cause, also to whom. The members are used as far as the action has
  /// them: `time` (milliseconds) by `delay`, `slow` (how much later a message arrives) and `pause` (how long).
  fault_rule rule{};

  std::string node{}; ///< on which node; empty: there is only one
  std::string peer{}; ///< `cut`, `slow`: the node at the other end of the link

  /// `clock`: how far it jumps ahead; negative: back.
  std::chrono::milliseconds jump{0};

  /// @throws std::invalid_argument with what is wrong and what is allowed.
  void check() const;

  friend bool operator==(const fault&, const fault&) = default;
};

/// One line, such as `slow what a hears of b by 200 ms`.
std::string to_string(const fault& x);

/// Whether `text` matches `pattern`: `*` matches any text, all other characters match themselves.
bool matches_pattern(std::string_view pattern, std::string_view text) noexcept;

/// A message that is handled later. The clock sends it to the process.
struct delayed_by_fault {
  std::shared_ptr<caf::mailbox_element> message; ///< with its sender, and its request id if it is a request
};

/// Asks a process to consider a `crash` now. Only a rule whose event is this very text, not a pattern, can apply.
struct fault_occasion {
  std::string event;          ///< the exact text that the rule must have
  std::shared_ptr<void> hold; ///< keeps `fault_points::active()` true until the message is handled
};

/// Where a program asks whether something is to go wrong.
enum class fault_place : uint8_t {
  message,  ///< before a process handles a message, or a channel an event: `crash`, `delay`, `drop`
  start,    ///< before a supervisor starts a child: `refuse`
  write,    ///< before a file is written: `full_disk`
  occasion, ///< when a `fault_occasion` arrives: `crash`
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
  /// Identifies a rule of one `fault_points`; never used twice.
  using rule_id = uint64_t;

  fault_points();
  ~fault_points();
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
                                fault_place where = fault_place::message);

  /// How often the rule has applied; 0 for one that was removed.
  uint64_t hits(rule_id id) const;

  /// For code that writes files, before it writes: whether the disk is full on purpose for what has this label (`log`,
  /// `database`), in any system of this program. Then it must do what it does after ENOSPC. Without any rule in the
  /// program it costs one relaxed load. No telemetry event tells it.
  static bool is_disk_full(std::string_view label);

  /// Called by code that delays a message: until it is handled, `active()` stays true.
  static void hold() noexcept { active_.fetch_add(1, std::memory_order_relaxed); }
  static void release() noexcept { active_.fetch_sub(1, std::memory_order_relaxed); } ///< undoes one `hold`

private:
  struct entry {
    rule_id id;
    fault_rule rule;
    uint64_t state; // of the random generator
    uint64_t hits = 0;
  };

  bool chooses(entry& x);
  const entry* choose(fault_place where, std::string_view label, std::string_view event);

  static std::atomic<int64_t> active_;

  mutable std::mutex mutex_;
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

/// The wall clock as Bennu reads it: for tokens, certificates and the ages of global names. It is the system's, unless
/// a `clock` fault has let it jump. Timers use the steady clock, which never jumps.
///
/// Thread safety: any thread may call it.
struct wall_clock {
  using system = std::chrono::system_clock; ///< the clock below it
  using duration = system::duration;        ///< nanoseconds, as of `std::chrono::system_clock`
  using rep = system::rep;                  ///< the number type of a duration
  using period = system::period;            ///< the unit of a duration
  using time_point = system::time_point;    ///< a moment of the system's clock, so that both can be compared
  static constexpr bool is_steady = false;  ///< false: it may jump in both directions

  /// The moment now, with all jumps of this program.
  static time_point now() noexcept {
    return system::now() + std::chrono::milliseconds{ahead_.load(std::memory_order_relaxed)};
  }

  /// Lets it jump, for the whole program; negative: back.
  static void jump(std::chrono::milliseconds ahead) noexcept { ahead_ += ahead.count(); }

private:
  inline static std::atomic<int64_t> ahead_{0}; // in milliseconds
};

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::delayed_by_fault)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::fault_occasion)
