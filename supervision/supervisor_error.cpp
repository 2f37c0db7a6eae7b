#include "supervision/supervisor_error.hpp"

#include <utility>

#include <caf/atom.hpp>
#include <caf/make_message.hpp>

namespace bennu {

std::string to_string(supervisor_error code) {
  switch (code) {
    case supervisor_error::not_found:
      return "not_found";
    case supervisor_error::already_present:
      return "already_present";
    case supervisor_error::already_started:
      return "already_started";
    case supervisor_error::running:
      return "running";
    case supervisor_error::restarting:
      return "restarting";
    case supervisor_error::max_children:
      return "max_children";
    case supervisor_error::shutting_down:
      return "shutting_down";
    case supervisor_error::dynamic_children:
      return "dynamic_children";
  }
  return "unknown supervisor error";
}

caf::error make_error(supervisor_error code) {
  return make_error(code, to_string(code));
}

caf::error make_error(supervisor_error code, std::string context) {
  return {static_cast<std::uint8_t>(code), caf::atom("bennu_sup"), caf::make_message(std::move(context))};
}

} // namespace bennu
