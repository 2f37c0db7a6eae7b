#include "supervision/supervisor_commands.hpp"

#include <caf/error.hpp>

namespace bennu {

std::string to_string(child_state what) {
  switch (what) {
    case child_state::undefined:
      return "undefined";
    case child_state::starting:
      return "starting";
    case child_state::running:
      return "running";
    case child_state::restarting:
      return "restarting";
    case child_state::stopping:
      return "stopping";
  }
  return "unknown child state";
}

caf::actor actor_of(const caf::error& why) {
  if (why && why.context().match_elements<std::string, caf::actor>())
    return why.context().get_as<caf::actor>(1);
  return {};
}

} // namespace bennu
