#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "apps/bench/options.hpp"

namespace bennu::bench {

/// One measured number.
struct figure {
  std::string name; ///< what was measured, with its parameters: `fanout 1000, window 4: server CPU per delivery`
  double value = 0;
  std::string unit; ///< `us`, `KiB`, `1/s`
};

/// What one run of a benchmark yields, in the order of measuring. A benchmark whose server loses, repeats or reorders a
/// message throws `std::runtime_error` and yields nothing.
using figures = std::vector<figure>;

/// One figure of two servers that were measured in turn, with the values of all rounds.
struct comparison {
  figure what; ///< the name and the unit; the value is not used
  std::vector<double> server;
  std::vector<double> baseline; ///< empty when the baseline cannot run the benchmark
};

/// A run that went wrong, with what was measured until then.
struct failed_run : std::runtime_error {
  failed_run(const std::string& why, figures until_then) : std::runtime_error(why), measured(std::move(until_then)) {}

  figures measured;
};

/// Where figures come from. A figure without it proves nothing.
struct origin {
  std::string machine, command, commit, time;

  /// This machine, now.
  static origin here(const std::string& command_line, const std::string& commit);
};

enum class format {
  text,
  json, ///< one object: `machine`, `command`, `commit`, `time`, and `figures`, a list of `name`, `value`, `unit`
};

/// Prints the origin and the figures.
void print(const origin& from, const figures& measured, format how);

/// The same for two servers: prints the medians, their ratio, and the range of the rounds; in JSON the values of all
/// rounds, as `server` and `baseline`.
void print(const origin& from, const std::vector<comparison>& compared, format how);

/// A server that the benchmark has started and that it ends by its pid.
class server_process {
public:
  /// Runs `command` in a shell and waits for the line `ready PORT` on its standard output, for at most a minute.
  /// @throws std::runtime_error when that line does not come.
  explicit server_process(const std::string& command);

  /// Sends SIGTERM, and SIGKILL if the server still runs ten seconds later.
  ~server_process();
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;

  const target& address() const noexcept { return address_; }

private:
  void await_ready(const std::string& command);
  void end() noexcept;

  int output_ = -1;
  target address_;
};

} // namespace bennu::bench
