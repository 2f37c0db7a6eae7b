#pragma once

#include <cstdint>
#include <string>

#include <caf/error.hpp>

namespace bennu {

/// Why a supervisor refused a command.
enum class supervisor_error : std::uint8_t {
  not_found = 1,    ///< it has no such child
  already_present,  ///< a child of that id is known, and not running
  already_started,  ///< a child of that id runs; `actor_of` gives it
  running,          ///< the child runs: terminate it first
  restarting,       ///< the child is being started again
  max_children,     ///< the pool is full
  shutting_down,    ///< the supervisor itself is on its way out
  dynamic_children, ///< a dynamic supervisor's children have no id to be found by: name the actor, or start another
};

std::string to_string(supervisor_error code);

/// For CAF: `error e = supervisor_error::not_found`.
caf::error make_error(supervisor_error code);
caf::error make_error(supervisor_error code, std::string context);

} // namespace bennu
