#pragma once

#include <functional>

namespace CLI {
class App;
} // namespace CLI

namespace bennu::node_program {

/// Adds `certs FOLDER NAME…` to the command line, which makes the certificates of a cluster. What parsing finds is put
/// into `run`, as by `add_new_command`.
void add_certs_command(CLI::App& cli, std::function<int()>& run);

} // namespace bennu::node_program
