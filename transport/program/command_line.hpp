#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/program/settings.hpp"

namespace bennu::engine {

/// The exit status of a program.
enum class exit_code : int {
  success = 0,     ///< served, then drained
  failure = 1,     ///< could not start or go on; standard error says why
  wrong_usage = 2, ///< an option, a value or the configuration file is wrong
};

} // namespace bennu::engine

namespace CLI {
class App;
} // namespace CLI

namespace bennu::engine {

/// The command line of a program: the options that every program takes, its own, and a configuration file with the same
/// names (`port = 4000`, one per line; TOML or INI).
///
/// The command line takes precedence over the file. Thread safety: none; used in `main`.
class command_line {
public:
  /// @throws std::invalid_argument when a program's own option has an invalid name, or that of another option.
  command_line(const program& what, settings& into);
  ~command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  /// Reads the arguments (the first is the program's own name) and the configuration file.
  /// @returns nothing when the program must continue; otherwise the status to exit with: `success` after `--help`,
  /// which went to `out`, or `wrong_usage` after one clear error, which went to `err`.
  std::optional<exit_code> parse(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

  /// The same for `main`, on standard output and standard error.
  std::optional<exit_code> parse(int count, char** arguments);

private:
  std::unique_ptr<CLI::App> cli_;
  const program& program_;
  settings& settings_;
};

} // namespace bennu::engine
