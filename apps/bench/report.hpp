#pragma once

#include <string>
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

/// Prints where the figures come from: machine, command line, commit and time. A figure without them proves nothing.
void print_origin(const std::string& command_line, const std::string& commit);

void print(const figures& measured);

/// Prints the medians, their ratio, and the range of the rounds.
void print(const std::vector<comparison>& compared);

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
