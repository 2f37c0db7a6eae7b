#pragma once

#include <functional>

namespace CLI {
class App;
} // namespace CLI

namespace bennu::node_program {

// Each of these adds a command to the command line. What parsing finds is put into `run`: a function that does it,
// tells what it did on standard output or what was wrong on standard error, and returns the exit status.

/// `new app|channel|presence|socket`: writes a project, or adds to one.
void add_new_command(CLI::App& cli, std::function<int()>& run);

/// `certs FOLDER NAME…`: makes the certificates of a cluster.
void add_certs_command(CLI::App& cli, std::function<int()>& run);

/// `chaos SCENARIO`: plays faults against running nodes.
void add_chaos_command(CLI::App& cli, std::function<int()>& run);

/// `top`, `tree`, `why`, `topics` and `trace`: show what a running node does.
void add_observer_commands(CLI::App& cli, std::function<int()>& run);

} // namespace bennu::node_program
