#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include <caf/error.hpp>

namespace bennu {

/// Why an actor ended, in the words of Erlang. This is the one place where ends are classified.
enum class exit_kind : std::uint8_t {
  normal,       ///< it finished: nobody need do anything
  shutdown,     ///< it was told to stop, or stopped on purpose: `shutdown` or `{shutdown, text}`
  killed,       ///< it was killed, and had no say
  crashed,      ///< it failed: an exception, or an error as its exit reason
  noproc,       ///< it was dead already when somebody looked
  noconnection, ///< it lives on another node, and the connection was lost
};

/// An end with its explanation. `text` is empty when the kind says everything.
struct exit_info {
  exit_kind kind = exit_kind::normal;
  std::string text;

  friend bool operator==(const exit_info&, const exit_info&) = default;
};

/// What the exit reason of an actor means. A default error is a normal end.
exit_info classify(const caf::error& reason);

/// True when a `restart::transient` child is started again after this end.
constexpr bool is_abnormal(exit_kind kind) noexcept {
  return kind != exit_kind::normal && kind != exit_kind::shutdown;
}

/// For `is_abnormal(reason)` without the text.
bool is_abnormal(const caf::error& reason) noexcept;

/// Exit reasons, for `quit` and `signal_exit`.
namespace exits {

caf::error normal();
caf::error shutdown();                ///< `shutdown`
caf::error shutdown(std::string why); ///< `{shutdown, why}`
caf::error crash(std::string text);   ///< what an exception in a handler becomes
caf::error kill();                    ///< cannot be trapped

/// The same for a caught exception: its `what()`.
caf::error crash(const std::exception_ptr& thrown);

} // namespace exits

std::string to_string(exit_kind kind);

/// `shutdown`, `shutdown: left the room`, `crashed: bad index`.
std::string to_string(const exit_info& info);

} // namespace bennu
