#pragma once

namespace bennu::engine {

/// The exit status of a program.
enum class exit_code : int {
  success = 0,     ///< served, then drained
  failure = 1,     ///< could not start or go on; standard error says why
  wrong_usage = 2, ///< an option, a value or the configuration file is wrong
};

} // namespace bennu::engine
