#pragma once

#include <string>
#include <vector>

#include "apps/bench/options.hpp"
#include "apps/bench/report.hpp"
#include "apps/bench/restarts.hpp"

namespace bennu::bench {

/// One line of the table of benchmarks.
struct benchmark {
  const char* name;
  const char* description;
  figures (*run)(const target&, const options&);
  bool runs_on_baseline; ///< whether the baseline server implements what the benchmark needs
};

/// What the command line asks for.
struct command {
  std::string subcommand;       ///< the name of a benchmark, or `compare`, `presence`, `restarts`, `baseline-server`
  target server;                ///< a server that runs already
  std::string server_command;   ///< starts the server; empty: use `server`
  std::string second_command;   ///< `presence`: starts the second node
  std::string baseline_command; ///< `compare`: starts the other server
  std::vector<std::string> only = {"hold", "fanout", "echo"}; ///< `compare`: the benchmarks
  size_t rounds = 3;
  std::string commit = "unknown";
  options how;
  restart_options restarts;
  uint16_t baseline_port = 0; ///< `baseline-server`: 0 for any free port
};

/// Reads the command line into `into`, whose values are the defaults.
/// @returns the exit status when the program must end now (after `--help` or an error), else -1.
int parse(int count, char** arguments, const std::vector<benchmark>& benchmarks, command& into);

} // namespace bennu::bench
