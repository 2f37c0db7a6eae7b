#include "apps/node/commands.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>

#include "apps/node/chaos_player.hpp"
#include "apps/node/scenario.hpp"
#include "transport/program/command_line.hpp"

namespace bennu::node_program {

namespace {

constexpr auto help_of_chaos = R"(Start the nodes with --dev and --control:
  my-server --dev --control a.control …

A scenario, with times in milliseconds:
  {"nodes": {"a": "a.control", "b": "b.control"},
   "steps": [{"at": 0, "fault": "cut", "node": "a", "peer": "b", "for": 3000},
             {"at": 5000, "fault": "crash", "node": "b", "label": "room_channel*"},
             {"at": 8000, "heal": "all"}]}

The faults, and what they need:
  crash      label event            the process crashes; without an event immediately
  delay      label event time       what it handles is handled later
  drop       label event            what it should handle is lost
  refuse     label                  the start of a child fails; the label is its id
  full_disk  label                  a file cannot be written: log
  cut        peer                   the node and its peer hear nothing of each other
  slow       peer time              the node hears its peer later
  pause      time                   the whole node stops, and goes on (SIGSTOP, SIGCONT)
  kill                              the node is killed (SIGKILL); nothing starts it again
  clock      jump                   its wall clock jumps; timers do not
The first five also take probability, seed and times. `for` says after how long a fault heals; without it in the end.

It prints each step with its time, and heals everything in the end, also after Ctrl+C or a failure.
Exit status: 0 played; 1 a step failed; 2 wrong scenario; 3 a node refused, because it is not in dev mode.)";

scenario read_scenario(const std::filesystem::path& file) {
  const std::ifstream in{file};
  std::ostringstream text;
  text << in.rdbuf();
  if (!in)
    throw std::invalid_argument("it cannot be read");
  return scenario::parse(text.str(), file.parent_path());
}

int play(const std::string& file) {
  std::unique_ptr<chaos_player> player;
  try {
    player = std::make_unique<chaos_player>(read_scenario(file));
  } catch (const std::invalid_argument& problem) {
    std::fprintf(stderr, "bennu-node chaos: %s: %s\n", file.c_str(), problem.what());
    return static_cast<int>(engine::exit_code::wrong_usage);
  }
  return player->play();
}

} // namespace

void add_chaos_command(CLI::App& cli, std::function<int()>& run) {
  const auto file = std::make_shared<std::string>();
  auto* command = cli.add_subcommand("chaos", "plays a scenario of faults against running nodes in dev mode");
  command->add_option("scenario", *file, "file in JSON")->required();
  command->footer(help_of_chaos);
  command->callback([&run, file] { run = [file] { return play(*file); }; });
}

} // namespace bennu::node_program
