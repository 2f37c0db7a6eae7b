#pragma once

#include <cstdint>
#include <string>

#include <caf/actor.hpp>
#include <caf/error.hpp>

namespace bennu {

/// Why a supervisor refused a command.
enum class supervisor_error : uint8_t {
  not_found = 1,    ///< it has no such child
  already_present,  ///< a child of that id is known, and not running
  already_started,  ///< a child of that id runs; `actor_of` gives it
  running,          ///< the child runs: terminate it first
  restarting,       ///< the child is being started again
  max_children,     ///< the pool is full
  shutting_down,    ///< the supervisor itself is stopping
  dynamic_children, ///< a dynamic supervisor's children have no id to be found by: name the actor, or start another
};

/// The name of the enumerator.
std::string to_string(supervisor_error code);

/// Makes it a CAF error: `caf::error e = supervisor_error::not_found`.
caf::error make_error(supervisor_error code);
caf::error make_error(supervisor_error code, std::string context);

/// The text of an error: the name of a `supervisor_error` such as `max_children`, or the text of any other error.
std::string reason_text(const caf::error& why);

/// The error `already_started`, with the actor that runs already.
caf::error already_started(caf::actor who);
caf::error already_started(caf::actor who, std::string context);

/// The actor in an `already_started` error, else null.
caf::actor actor_of(const caf::error& why);

} // namespace bennu
