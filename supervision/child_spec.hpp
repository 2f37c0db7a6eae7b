#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>
#include <caf/message.hpp>

#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/restart_intensity.hpp>
#include <bennu/supervision/strategy.hpp>

namespace bennu {

/// What a child is for its supervisor: it decides the default of `child_policy::shutdown`, and trees show it.
enum class child_type : uint8_t {
  worker,     ///< does work; it has 5 s to stop
  supervisor, ///< has children of its own; it has all the time that they need to stop
};

/// How a child is told to stop: killed at once, or told `shutdown` and killed when its time is over.
class shutdown_policy {
public:
  /// Kills the child at once, so that it cannot clean up. OTP: `brutal_kill`.
  static constexpr shutdown_policy brutal_kill() noexcept {
    return shutdown_policy{std::chrono::milliseconds{0}, true};
  }
  /// Waits for the child's end without a limit. OTP: `infinity`.
  static constexpr shutdown_policy infinity() noexcept {
    return shutdown_policy{std::chrono::milliseconds::max(), false};
  }
  /// Kills the child when it has not ended this long after it was told to stop. OTP: a number of milliseconds.
  static constexpr shutdown_policy within(std::chrono::milliseconds time) noexcept {
    return shutdown_policy{time, false};
  }

  constexpr bool is_brutal() const noexcept { return brutal_; } ///< whether the child is killed at once
  /// Whether the child may take any time.
  constexpr bool is_infinite() const noexcept { return time_ == std::chrono::milliseconds::max(); }
  /// How long the child may take: 0 when it is killed at once, the maximum when there is no limit.
  constexpr std::chrono::milliseconds time() const noexcept { return time_; }

  friend constexpr bool operator==(const shutdown_policy&, const shutdown_policy&) = default;

private:
  constexpr shutdown_policy(std::chrono::milliseconds time, bool brutal) noexcept : time_(time), brutal_(brutal) {}

  std::chrono::milliseconds time_;
  bool brutal_;
};

/// How long a killed child may take to end before its supervisor gives it up as stuck: it is then left behind as a
/// zombie and reported, and the supervisor goes on. One second: a handler that runs longer than that is not about to
/// end.
constexpr auto grace_after_kill = std::chrono::milliseconds{1000};

/// Why a child is being started: for the first time (`crash` is unset), or again after an end.
struct start_cause {
  /// How the child ended before this start; unset at the first start.
  std::optional<exit_info> crash{};

  /// What its supervisor passes to each start: `dynamic_supervisor_options::extra_arguments`.
  caf::message extra{};

  bool is_restart() const noexcept { return crash.has_value(); } ///< whether the child ran before
};

/// The outcome of a start.
class start_result {
public:
  /// The kinds of outcomes, which the functions below make.
  enum class state : uint8_t {
    ready,   ///< the child runs
    pending, ///< the child exists and has not acknowledged its start yet
    ignored, ///< there is no child, and that is no failure
    failed,  ///< there is no child, and `why` says the reason
  };

  /// It runs. Implicit, so that a start function may simply return the actor.
  start_result(caf::actor child) : start_result(state::ready, std::move(child), {}) {} // NOLINT

  /// It runs; `info` is part of the answer to whoever asked for the start (OTP's `{ok, Pid, Info}`).
  static start_result ready(caf::actor child, caf::message info = {}) {
    start_result result{state::ready, std::move(child), {}};
    result.info_ = std::move(info);
    return result;
  }

  /// It exists and will say how its start went with `acknowledge`; an end before that is a failed start.
  static start_result pending(caf::actor child) { return {state::pending, std::move(child), {}}; }

  /// It need not run now: there is neither an error nor a child. Whoever asked for the start receives `existing`, an
  /// actor that does the work already; the supervisor does not keep it.
  static start_result ignore(caf::actor existing = {}) { return {state::ignored, std::move(existing), {}}; }

  /// The start failed for this reason. A first start reports it to whoever asked; a failed restart is tried again.
  static start_result failed(caf::error why) { return {state::failed, {}, std::move(why)}; }

  state what() const noexcept { return state_; } ///< which kind of outcome this is
  /// The actor; null when the start failed, and may be null when it was ignored.
  const caf::actor& child() const noexcept { return child_; }
  const caf::error& why() const noexcept { return why_; } ///< the reason of a failed start; otherwise no error
  /// What `ready` was given for whoever asked for the start; usually empty.
  const caf::message& info() const noexcept { return info_; }

private:
  start_result(state s, caf::actor child, caf::error why) : state_(s), child_(std::move(child)), why_(std::move(why)) {}

  state state_;
  caf::actor child_;
  caf::error why_;
  caf::message info_;
};

/// To a supervisor, from a child whose start is `pending`: how the start went.
struct child_ack {
  /// What a start came to. OTP: the results of `init`.
  enum class state : uint8_t {
    ready,   ///< the child runs (`{ok, Pid}`)
    ignored, ///< the child ends itself, which is no failure (`ignore`)
    failed,  ///< the child ends itself, for the reason `why` (`{error, Reason}`)
  };
  state what = state::ready; ///< how the start went
  caf::error why{};          ///< the reason of a start that failed
  caf::message info{};       ///< for whoever asked for the start
};

/// Tells the supervisor how a pending start went (OTP: `proc_lib:init_ack` and `init_fail`). A child that is `ignored`
/// or `failed` ends itself afterwards. Call it once, in `self`. The acknowledgement counts even when `self` ends right
/// after it.
void acknowledge(caf::event_based_actor* self, const caf::actor& supervisor, child_ack ack = {});

/// Starts a child; runs in the supervisor's handler, so it must not block. An exception is a failed start.
using start_function = std::function<start_result(caf::event_based_actor* parent, const start_cause& cause)>;

/// Called once, on the supervisor's thread, when a child that failed will not be started again.
using given_up_function = std::function<void(const exit_info& last)>;

/// How children of one sort are kept: the part of a spec that many children may share.
struct child_policy {
  /// OTP's default: what a supervisor starts, it keeps running.
  restart restart_type = restart::permanent;

  child_type type = child_type::worker; ///< whether it is itself a supervisor

  /// Unset means 5 s for a worker, no limit for a supervisor (its own children have their own times).
  std::optional<shutdown_policy> shutdown;

  /// Its end counts for the supervisor's `auto_shutdown`, unless it is started again; a permanent child cannot be
  /// significant.
  bool is_significant = false;

  /// When set, its restarts count here and not into the supervisor's own intensity: one child of a pool that
  /// keeps crashing is given up alone, and the pool lives.
  std::optional<restart_limit> limit;

  /// `shutdown`, or the default of the type when it is unset.
  shutdown_policy effective_shutdown() const noexcept;

  /// OTP's rule: permanent always, transient after an abnormal end, temporary never.
  bool restarts_after(exit_kind why) const noexcept;

  /// Whether a child that is told to stop is expected to end so. The supervisor reports any other end.
  bool may_stop_with(exit_kind why) const noexcept;
};

/// The description of a child: how it is started, restarted and stopped. Source: OTP's `supervisor:child_spec()`.
///
///     child_spec{"room", start}.restart_as(restart::transient).limit_to({5, 10s})
struct child_spec : child_policy {
  /// A permanent worker with the defaults of `child_policy`.
  child_spec(std::string child_id, start_function how) : id(std::move(child_id)), start(std::move(how)) {}

  std::string id;             ///< not empty, and unique among the children of a static supervisor
  start_function start;       ///< called for the first start and for each restart
  given_up_function given_up; ///< may be empty

  /// Sets when the child is started again. OTP: the key `restart`.
  child_spec&& restart_as(restart x) && {
    restart_type = x;
    return std::move(*this);
  }
  /// Sets how the child is told to stop. OTP: the key `shutdown`.
  child_spec&& shutdown_as(shutdown_policy x) && {
    shutdown = x;
    return std::move(*this);
  }
  /// Declares that the child is itself a supervisor: it may take any time to stop. OTP: `type => supervisor`.
  child_spec&& as_supervisor() && {
    type = child_type::supervisor;
    return std::move(*this);
  }
  /// Declares that the child's end counts for the supervisor's `auto_shutdown`. OTP: the key `significant`.
  child_spec&& significant(bool x = true) && {
    is_significant = x;
    return std::move(*this);
  }
  /// Gives the child a limit of restarts of its own; see `child_policy::limit`.
  child_spec&& limit_to(restart_limit x) && {
    limit = x;
    return std::move(*this);
  }
  /// Sets what is called once when the child failed and will not be started again.
  child_spec&& when_given_up(given_up_function f) && {
    given_up = std::move(f);
    return std::move(*this);
  }
};

/// Checks a policy or a spec. @returns no error when it is valid, otherwise one whose text says what is allowed.
caf::error check(const child_policy& policy);
caf::error check(const child_spec& spec);

/// The same for a child under a supervisor with this `auto_shutdown`.
caf::error check(const child_policy& policy, auto_shutdown when);

/// Checks the `auto_shutdown` of a supervisor.
caf::error check(auto_shutdown when);

/// @throws std::invalid_argument with the text of `fault`, which came from a check; no error throws nothing.
void require(const caf::error& fault);

/// Checks a restart limit, which the text of the error calls `what`.
caf::error check(const restart_limit& limit, const std::string& what);

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::child_ack)
