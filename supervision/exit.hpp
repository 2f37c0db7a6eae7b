#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#include <caf/error.hpp>

namespace bennu {

/// Why an actor ended, in the words of Erlang. This is the one place where ends are classified.
enum class exit_kind : uint8_t {
  normal,       ///< it finished, and no one has to react
  shutdown,     ///< it was told to stop, or stopped on purpose: `shutdown` or `{shutdown, text}`
  killed,       ///< it was killed, and could not clean up
  crashed,      ///< it failed: an exception, or an error as its exit reason
  noproc,       ///< it had ended before the monitor or the link
  noconnection, ///< it lives on another node, and the connection was lost
};

/// Why a supervisor ended: one step of the way from the first failure up to its end.
struct exit_cause {
  std::string supervisor;              ///< the name of the supervisor that ended
  std::string child;                   ///< the id of the child that made it end
  exit_kind kind = exit_kind::crashed; ///< how that child ended, or how its start failed
  std::string text;                    ///< the explanation of that end
  std::string outcome; ///< what followed: `reached_max_restart_intensity`, `failed_to_start_child`, `auto_shutdown`

  friend bool operator==(const exit_cause&, const exit_cause&) = default;
};

/// An end with its explanation. `text` is empty when the kind says everything.
struct exit_info {
  exit_kind kind = exit_kind::normal; ///< the class of the end, which decides about restarts
  std::string text;                   ///< the explanation, such as the `what()` of an exception

  /// Of a supervisor that ended because of a child: the whole chain, its own step first, the failure that began it
  /// last.
  std::vector<exit_cause> causes{};

  /// Compares kind and text; the causes explain both.
  friend bool operator==(const exit_info& x, const exit_info& y) { return x.kind == y.kind && x.text == y.text; }
};

/// Classifies the exit reason of an actor. A default error is a normal end.
exit_info classify(const caf::error& reason);

/// True when a `restart::transient` child is started again after this end.
constexpr bool is_abnormal(exit_kind kind) noexcept {
  return kind != exit_kind::normal && kind != exit_kind::shutdown;
}

/// The same for an exit reason.
bool is_abnormal(const caf::error& reason) noexcept;

/// Exit reasons, for `quit` and `signal_exit`.
namespace exits {

caf::error normal();                  ///< nothing has to react to such an end: a transient child stays ended
caf::error shutdown();                ///< `shutdown`
caf::error shutdown(std::string why); ///< `{shutdown, why}`
caf::error crash(std::string text);   ///< what an exception in a handler becomes
caf::error kill();                    ///< cannot be trapped
caf::error killed();                  ///< what a kill becomes over a link: it can be trapped, as in Erlang
caf::error noproc();                  ///< the signal of a link to an actor that has ended

/// `{shutdown, why}` with the chain that led to it, which `classify` gives back. It crosses nodes.
caf::error shutdown(std::string why, const std::vector<exit_cause>& causes);

/// The same for a caught exception: its `what()`.
caf::error crash(const std::exception_ptr& thrown);

} // namespace exits

/// The name of the enumerator.
std::string to_string(exit_kind kind);

/// `shutdown`, `shutdown: left the room`, `crashed: bad index`.
std::string to_string(const exit_info& info);

/// The same with all causes, in one line: `shutdown: reached_max_restart_intensity (supervisor root: child store:
/// crashed: disk full)`.
std::string explain(const exit_info& info);

} // namespace bennu
