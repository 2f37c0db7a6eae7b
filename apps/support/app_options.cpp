#include "apps/support/app_options.hpp"

#include <algorithm>
#include <iostream>

#include <CLI/CLI.hpp>

#include "apps/support/config_file.hpp"

namespace bennu {

namespace {

const std::vector<std::string> levels = {"trace", "debug", "info", "warning", "error", "critical", "off"};

} // namespace

command_line::command_line(std::string program, std::string about, std::string examples, app_options& into)
  : cli_(std::make_unique<CLI::App>(std::move(about), std::move(program))) {
  cli_->footer("Examples:\n" + std::move(examples)
               + "\n\nprints \"ready PORT\" on standard output when it accepts connections.");
  cli_->add_option("--port", into.port, "TCP port; 0: any free one")->capture_default_str();
  cli_->add_option("--bind", into.bind, "address to listen on; 0.0.0.0: every one of this machine")
    ->check(CLI::ValidIPV4 | CLI::IsMember({"::", "::1", "localhost"}))
    ->capture_default_str();
  cli_->add_option("--threads", into.threads, "io units; 0: one per core")
    ->check(CLI::Range(0, 256))
    ->capture_default_str();
  cli_->add_option("--log-level", into.log_level, "how much is logged on standard error")
    ->check(CLI::IsMember(levels))
    ->capture_default_str();
  cli_->add_flag("--dev", into.dev,
                 "tell clients the texts of crashes, take events that cause faults; not for production");
  cli_->add_flag("--tree", into.tree,
                 "write the tree of supervised actors to standard error at the start; kill -USR1 does so at any time");
  cli_->set_config("--config", "", "file with the options above, one `name = value` a line (TOML)")
    ->check(CLI::ExistingFile);
  cli_->allow_config_extras(false);
  cli_->config_formatter(std::make_shared<config_file>(*cli_));
}

command_line::~command_line() = default;

std::optional<exit_code> command_line::parse(const std::vector<std::string>& arguments, std::ostream& out,
                                             std::ostream& err) {
  std::vector<std::string> reversed; // the order in which CLI11 takes them
  if (!arguments.empty())
    reversed.assign(arguments.rbegin(), arguments.rend() - 1);
  try {
    cli_->parse(std::move(reversed));
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    out << cli_->help();
    return exit_code::success;
  } catch (const CLI::ParseError& problem) {
    err << cli_->get_name() << ": " << place_in_file(*cli_, problem.what(), arguments) << problem.what() << "\n("
        << cli_->get_name() << " --help tells what it takes)\n";
    return exit_code::wrong_usage;
  }
}

std::optional<exit_code> command_line::parse(int count, char** arguments) {
  return parse({arguments, arguments + count}, std::cout, std::cerr);
}

} // namespace bennu
