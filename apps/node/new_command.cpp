#include "apps/node/commands.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>

#include "apps/node/generator.hpp"
#include "apps/node/names.hpp"
#include "apps/node/written_files.hpp"
#include "transport/program/command_line.hpp"

namespace bennu::node_program {

namespace {

namespace fs = std::filesystem;

constexpr auto about_new = "writes a project, or adds to the one in the current folder; overwrites nothing";

constexpr auto examples_of_new = R"(Examples:
  bennu-node new app shop           a project in the folder shop: program, channel, tests, web page, files to run it
  cd shop
  bennu-node new channel Order      order_channel for the topics order:NAME, and its test
  bennu-node new presence           user_presence: adds what the application knows to who is there, and its test
  bennu-node new socket Admin       admin_socket: lets in clients with a token, and its test)";

// The exit status of a refusal: nothing was written.
constexpr int refused = 1;

void tell(const fs::path& folder, const generated& what) {
  for (const auto& x : what.files)
    std::printf("wrote %s\n", (folder / x.path).c_str());
  std::printf("\nNext:\n");
  std::istringstream lines{what.next};
  for (std::string line; std::getline(lines, line);)
    std::printf("  %s\n", line.c_str());
}

int write_app(const std::string& name) {
  const auto what = new_app(app_name(name));
  if (fs::exists(name) && !(fs::is_directory(name) && fs::is_empty(name)))
    throw std::runtime_error(name + " exists already, and nothing is overwritten");
  write_files(name, what.files);
  tell(name, what);
  return 0;
}

int write_part(const generated& what) {
  const std::ifstream lists{"CMakeLists.txt"};
  std::ostringstream text;
  text << lists.rdbuf();
  try {
    project_of(lists ? text.str() : std::string{});
  } catch (const std::invalid_argument&) {
    throw std::runtime_error(
      "this folder has no project that `bennu-node new app` has written: go to its folder, where "
      "CMakeLists.txt is");
  }
  write_files({}, what.files);
  tell({}, what);
  return 0;
}

// Runs `f`; what it cannot do is one line on standard error.
int reported(const std::function<int()>& f) {
  try {
    return f();
  } catch (const std::invalid_argument& problem) {
    std::fprintf(stderr, "bennu-node new: %s\n", problem.what());
    return static_cast<int>(engine::exit_code::wrong_usage);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bennu-node new: %s\n", problem.what());
    return refused;
  }
}

struct part_kind {
  const char* kind;
  const char* help;
  const char* name_help;
  const char* usual_name; ///< null: it must be given
  generated (*make)(const std::string& name);
};

constexpr part_kind parts[] = {
  {"channel", "adds a channel, with its test", "such as Room: room_channel, for the topics room:NAME", nullptr,
   new_channel},
  {"presence", "adds a presence handler, with its test", "such as User: user_presence", "User", new_presence},
  {"socket", "adds a socket that lets in clients with a token, with its test",
   "such as Admin: admin_socket, for an endpoint at /admin", "Token", new_socket},
};

} // namespace

void add_new_command(CLI::App& cli, std::function<int()>& run) {
  auto* command = cli.add_subcommand("new", about_new)->require_subcommand(1);
  command->footer(examples_of_new);
  const auto name = std::make_shared<std::string>();
  auto* app = command->add_subcommand("app", "writes a project into a new folder with its name");
  app->add_option("name", *name, "small letters, digits and underscores, such as web_shop")->required();
  app->footer(examples_of_new);
  app->callback([&run, name] { run = [name] { return reported([&] { return write_app(*name); }); }; });
  for (const auto& x : parts) {
    auto* added = command->add_subcommand(x.kind, x.help);
    auto* option = added->add_option("name", *name, x.name_help);
    added->footer(examples_of_new);
    if (x.usual_name == nullptr)
      option->required();
    added->callback([&run, name, &x] {
      if (name->empty())
        *name = x.usual_name;
      run = [name, &x] { return reported([&] { return write_part(x.make(part_name(*name, x.kind))); }); };
    });
  }
}

} // namespace bennu::node_program
