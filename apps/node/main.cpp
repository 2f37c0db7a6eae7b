#include <functional>

#include <CLI/CLI.hpp>

#include "apps/node/commands.hpp"
#include "transport/program/command_line.hpp"

int main(int count, char** arguments) {
  CLI::App cli{
    "Writes projects that use Bennu, makes what a cluster needs besides its programs, shows what a node does, and "
    "causes faults on purpose.",
    "bennu-node"};
  cli.footer("`bennu-node COMMAND --help` shows how a command is used.");
  cli.require_subcommand(1);
  std::function<int()> run;
  bennu::node_program::add_new_command(cli, run);
  bennu::node_program::add_certs_command(cli, run);
  bennu::node_program::add_chaos_command(cli, run);
  bennu::node_program::add_observer_commands(cli, run);
  try {
    cli.parse(count, arguments);
  } catch (const CLI::ParseError& x) {
    return cli.exit(x) == 0 ? 0 : static_cast<int>(bennu::engine::exit_code::wrong_usage);
  }
  return run();
}
