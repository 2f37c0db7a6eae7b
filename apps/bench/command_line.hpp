#pragma once

#include <string>
#include <vector>

#include "apps/bench/meter.hpp"
#include "apps/bench/options.hpp"
#include "apps/bench/report.hpp"
#include "apps/bench/restarts.hpp"

namespace bennu::bench {

// Each of these stands in the .cpp file of its name.

/// The resident memory of an idle connection with one joined channel, and what stays when all clients are gone.
figures hold(const target& server, const options& how);

/// One message to many subscribers of one topic. Checks that each subscriber receives every message once and in order.
figures fanout(const target& server, const options& how);

/// Round trips through a channel; each client has its own topic.
figures echo(const target& server, const options& how);

/// Channels crash one after another while other clients exchange messages. Checks that these lose no message.
figures crash(const target& server, const options& how);

/// Channels crash one after another while all channels are busy. Measures the time from the throw to the next event
/// that the restarted channel handles. Checks that no ping is lost.
figures repair(const target& server, const options& how);

/// Clients of topics with history disconnect, miss messages, and all come back within one second. Measures how long it
/// takes until each has what it missed. Checks that each recovers, and receives every message once and in order.
figures recover(const target& server, const options& how);

/// The members of one topic on two nodes of a cluster. Measures how long it takes until every member sees every other,
/// until all see that one left, and until all see that a node was killed. Kills the second node.
figures presence(const target& first, const target& second, const options& how);

/// The latency of healthy clients while hostile clients of many kinds attack the server. The attack begins and pauses
/// in turn, so that both are measured in the same minutes. Checks that the healthy clients lose nothing, and that the
/// server's memory stays under a bound.
/// @throws failed_run with what was measured until then.
figures siege(const target& server, const options& how);

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
  format output = format::text;
  options how;
  restart_options restarts;
  uint16_t baseline_port = 0; ///< `baseline-server`: 0 for any free port
};

/// Reads the command line into `into`, whose values are the defaults.
/// @returns the exit status when the program must end now (after `--help` or an error), else -1.
int parse(int count, char** arguments, const std::vector<benchmark>& benchmarks, command& into);

} // namespace bennu::bench
