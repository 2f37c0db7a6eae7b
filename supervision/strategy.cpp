#include <bennu/supervision/strategy.hpp>

namespace bennu {

std::string to_string(strategy how) {
  switch (how) {
    case strategy::one_for_one:
      return "one_for_one";
    case strategy::one_for_all:
      return "one_for_all";
    case strategy::rest_for_one:
      return "rest_for_one";
  }
  return "unknown strategy";
}

std::string to_string(auto_shutdown when) {
  switch (when) {
    case auto_shutdown::never:
      return "never";
    case auto_shutdown::any_significant:
      return "any_significant";
    case auto_shutdown::all_significant:
      return "all_significant";
  }
  return "unknown auto_shutdown";
}

} // namespace bennu
