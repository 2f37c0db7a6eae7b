#pragma once

#include <functional>

namespace CLI {
class App;
} // namespace CLI

namespace bennu::node_program {

/// Adds `new app|channel|presence|socket` to the command line. What parsing finds is put into `run`: a function that
/// writes the files, tells what it wrote and what is next, and returns the exit status.
void add_new_command(CLI::App& cli, std::function<int()>& run);

} // namespace bennu::node_program
